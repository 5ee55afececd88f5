import { queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Schemas } from '../api/types';

type Location = Schemas['Location'];

/** All locations by name: one may hold events at any of them, and chooses from all. */
export const locationsQuery = queryOptions({
  queryKey: ['locations', 'all'],
  queryFn: async ({ signal }) => {
    const all: Location[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const page: Schemas['PageLocation'] = await answered(api.GET('/api/v1/locations', { params: { query }, signal }));
      all.push(...page.items);
      cursor = page.next_cursor;
    }
    return all.sort((a, b) => a.name.localeCompare(b.name));
  },
});

export function locationQuery(id: string) {
  return queryOptions({
    queryKey: ['locations', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/locations/{id}', { params: { path: { id } }, signal })),
  });
}

export function createLocation(body: Schemas['NewLocation']): Promise<Location> {
  return answered(api.POST('/api/v1/locations', { body }));
}

export function changeLocation(id: string, body: Schemas['LocationChange']): Promise<Location> {
  return answered(api.PATCH('/api/v1/locations/{id}', { params: { path: { id } }, body }));
}
