import { useEffect, useState } from 'react';

import { answered, api } from '../api/client';
import { SeatsFeed, type Seats, type Surroundings } from './feed';

const most = 50; // events of one stream: what the gateway takes

const gateway: Surroundings = {
  open: (ids) => new EventSource(`/api/v1/seats?${new URLSearchParams(ids.map((id) => ['event', id]))}`),
  ask: async (ids, signal) => {
    const { items } = await answered(api.GET('/api/v1/events', { params: { query: { id: [...ids], limit: ids.length } }, signal }));
    return new Map(items.map(({ id, seats_left, status }) => [id, { seats_left, status }]));
  },
};

/**
 * The seats of some events, kept fresh for as long as they are shown; an event is missing until something is known of it. Of more
 * events than a stream takes the last are followed: a list grows at its end, and that is where its reader is.
 */
export function useSeats(ids: readonly string[]): ReadonlyMap<string, Seats> {
  const [known, setKnown] = useState<ReadonlyMap<string, Seats>>(new Map());
  const followed = ids.slice(-most).join(' ');
  useEffect(() => {
    if (followed === '') {
      return undefined;
    }
    const feed = new SeatsFeed(followed.split(' '), (id, seats) => setKnown((before) => new Map(before).set(id, seats)), gateway);
    return () => feed.close();
  }, [followed]);
  return known;
}
