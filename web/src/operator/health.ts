import { queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Schemas } from '../api/types';

export type Service = Schemas['ServiceHealth'];

/** How all services are, asked anew for as long as it is looked at. */
export const healthQuery = queryOptions({
  queryKey: ['operator', 'health'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/operator/health', { signal })),
  refetchInterval: 5_000,
});

/** What each state is called. Degraded: it answers, but something that it needs does not work. */
export const states = { ok: 'Up', failing: 'Degraded', down: 'Down' } as const;

/** The services, those in trouble first. */
export function byTrouble(services: readonly Service[]): Service[] {
  const rank = { down: 0, failing: 1, ok: 2 } as const;
  return [...services].sort((a, b) => rank[a.status] - rank[b.status] || a.name.localeCompare(b.name));
}

/** All services in one sentence: who is in trouble, and with what. */
export function summary(services: readonly Service[]): string {
  const troubled = byTrouble(services).filter(({ status }) => status !== 'ok');
  if (troubled.length === 0) {
    return `All ${services.length} services are up.`;
  }
  return `${troubled.map(trouble).join('; ')}. ${services.length - troubled.length} of ${services.length} services are up.`;
}

function trouble({ name, status, dependencies = [] }: Service): string {
  if (status === 'down') {
    return `${name} is down`;
  }
  const failing = dependencies.filter((dependency) => dependency.status === 'failing').map((dependency) => dependency.name);
  return `${name} is degraded${failing.length === 0 ? '' : ` by ${failing.join(', ')}`}`;
}
