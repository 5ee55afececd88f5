import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Schemas } from '../api/types';

/** Which of one's events are looked at. */
export type Which = 'upcoming' | 'past';

const pageSize = 50;

/** One's own events by start, a page after another. */
export function myEventsQuery(organizerId: string, which: Which) {
  return infiniteQueryOptions({
    queryKey: ['events', 'mine', organizerId, which],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const now = new Date().toISOString();
      const query = {
        organizer_id: organizerId,
        limit: pageSize,
        ...(which === 'upcoming' ? { from: now } : { to: now }),
        ...(pageParam === undefined ? {} : { cursor: pageParam }),
      };
      return answered(api.GET('/api/v1/events', { params: { query }, signal }));
    },
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

export function eventQuery(id: string) {
  return queryOptions({
    queryKey: ['events', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/events/{id}', { params: { path: { id } }, signal })),
  });
}

export function createEvent(body: Schemas['NewEvent']): Promise<Schemas['Event']> {
  return answered(api.POST('/api/v1/events', { body }));
}

export function changeEvent(id: string, body: Schemas['EventChange']): Promise<Schemas['Event']> {
  return answered(api.PATCH('/api/v1/events/{id}', { params: { path: { id } }, body }));
}

export function cancelEvent(id: string): Promise<Schemas['Event']> {
  return answered(api.POST('/api/v1/events/{id}/cancel', { params: { path: { id } } }));
}
