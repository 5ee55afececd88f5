import { queryOptions } from '@tanstack/react-query';

import { answered, api } from './client';

/** What the page has to know of this platform: links out, and whether it takes timing data. They do not change while it runs. */
export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/browser/settings', { signal })),
  staleTime: Infinity,
});
