import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Filter } from './filter';

/** The events that a filter leaves, page by page. What was found before stays until the new is there, so that nothing jumps. */
export function eventsQuery({ q, country, month, sort }: Filter) {
  return infiniteQueryOptions({
    queryKey: ['events', { q, country, month, sort }],
    queryFn: ({ pageParam, signal }) =>
      answered(api.GET('/api/v1/search', { params: { query: { q, country, month, sort, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** One event as the event service knows it. */
export function eventQuery(id: string) {
  return queryOptions({
    queryKey: ['event', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/events/{id}', { params: { path: { id } }, signal })),
  });
}

/** Where an event takes place. */
export function locationQuery(id: string) {
  return queryOptions({
    queryKey: ['location', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/locations/{id}', { params: { path: { id } }, signal })),
    staleTime: 60_000,
  });
}
