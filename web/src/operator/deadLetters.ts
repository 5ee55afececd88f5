import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Schemas } from '../api/types';

export type Letter = Schemas['Letter'];

/** The messages that could not be processed, a page after another. */
export const lettersQuery = infiniteQueryOptions({
  queryKey: ['operator', 'dead-letters', 'list'],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam: cursor, signal }) =>
    answered(api.GET('/api/v1/operator/dead-letters', { params: { query: cursor === undefined ? {} : { cursor } }, signal })),
  getNextPageParam: ({ next_cursor }) => next_cursor,
  refetchInterval: 10_000,
});

export function letterQuery(id: string) {
  return queryOptions({
    queryKey: ['operator', 'dead-letters', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/operator/dead-letters/{id}', { params: { path: { id } }, signal })),
  });
}

/** Has the message processed again; fails with the problem requeue-failed where that fails again. */
export function requeue(id: string): Promise<unknown> {
  return answered(api.POST('/api/v1/operator/dead-letters/{id}/requeue', { params: { path: { id } } }));
}

/** Gives the message up for good. */
export function drop(id: string): Promise<unknown> {
  return answered(api.POST('/api/v1/operator/dead-letters/{id}/drop', { params: { path: { id } } }));
}

/** The trace that a message belongs to: of what wrote it, whenever that was. Undefined where it does not say. */
export function traceOf({ payload }: Letter): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('traceparent' in payload)) {
    return undefined;
  }
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(String(payload.traceparent))?.[1];
}
