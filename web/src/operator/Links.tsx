import { useQuery } from '@tanstack/react-query';

import { settingsQuery } from '../api/settings';

const names = { zipkin: 'Zipkin', grafana: 'Grafana', kibana: 'Kibana' } as const;

/** Links to the tools beside the platform, those that are configured. */
export function Links() {
  const { data: settings } = useQuery(settingsQuery);
  const links = (['grafana', 'zipkin', 'kibana'] as const).flatMap((tool) => {
    const url = settings?.links[tool];
    return url === undefined ? [] : [{ tool, url }];
  });
  if (links.length === 0) {
    return null;
  }
  return (
    <p className="mt-3">
      More in{' '}
      {links.map(({ tool, url }, i) => (
        <span key={tool}>
          {i > 0 && ', '}
          <a href={url}>{names[tool]}</a>
        </span>
      ))}
    </p>
  );
}
