import { queryOptions } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import { isProblem } from '../api/problem';
import type { Schemas } from '../api/types';

export type Summary = Schemas['TraceSummary'];

/** What is looked for: with an id its journeys, without one the latest journeys of anything. */
export interface Search {
  id: string;
  onlyErrors: boolean;
}

const most = 50;
const day = 24 * 60 * 60 * 1000; // ms

/** Messages name what they are about by this tag of their spans: a booking, an event, a location or a user. */
const subject = 'cloudevents.event_subject';

/** Whatever changes something publishes a message. That leaves out who asks only, such as this page and the services among themselves. */
const change = 'messaging.operation.type=send';

/** Trace ids are 32 hexadecimal digits, or 16 of older callers; all other ids are of something that messages are about. */
export function isTraceId(id: string): boolean {
  return /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(id);
}

/** The search in the words of the traces' store. What has an id is looked for at any time, the latest in the last day. */
export function searchFor({ id, onlyErrors }: Search, now: number) {
  const conditions = [...(id === '' ? [] : [`${subject}=${id}`]), ...(onlyErrors ? ['error'] : [])];
  if (conditions.length === 0) {
    conditions.push(change);
  }
  return { limit: most, lookback: id === '' ? day : now, annotation_query: conditions.join(' and ') };
}

const soon = 2_000; // ms: spans arrive some seconds after what they tell of

/** The traces that a search finds, the latest first. While it finds none for an id it is repeated: they may be under way. */
export function tracesQuery(search: Search) {
  return queryOptions({
    queryKey: ['operator', 'traces', search],
    queryFn: ({ signal }) => find(search, signal),
    refetchInterval: ({ state }) => (search.id !== '' && state.data?.length === 0 ? soon : false),
  });
}

async function find(search: Search, signal: AbortSignal): Promise<Summary[]> {
  if (!isTraceId(search.id)) {
    const query = searchFor(search, Date.now());
    return (await answered(api.GET('/api/v1/operator/traces', { params: { query }, signal }))).items;
  }
  try {
    const trace = await getTrace(search.id.toLowerCase(), signal);
    return search.onlyErrors && trace.error_count === 0 ? [] : [trace];
  } catch (failure) {
    if (isProblem(failure, 'trace-not-found')) {
      return [];
    }
    throw failure;
  }
}

function getTrace(id: string, signal: AbortSignal): Promise<Schemas['Trace']> {
  return answered(api.GET('/api/v1/operator/traces/{id}', { params: { path: { id } }, signal }));
}

const growing = 20_000; // ms

/** A trace with its spans; asked again while it is young, since its last spans are still on their way. */
export function traceQuery(id: string) {
  return queryOptions({
    queryKey: ['operator', 'trace', id],
    queryFn: ({ signal }) => getTrace(id, signal),
    refetchInterval: ({ state: { data, error } }) => {
      const young = data !== undefined && Date.now() - Date.parse(data.started_at) < growing;
      return young || isProblem(error, 'trace-not-found') ? soon : false;
    },
  });
}
