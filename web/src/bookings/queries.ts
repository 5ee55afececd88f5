import { infiniteQueryOptions, keepPreviousData, type InfiniteData, type QueryClient } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Booking, BookingHit } from '../api/types';

/** A booking as the list shows it. Searched ones come without their price. */
export type ListedBooking = Booking | BookingHit;

interface Page {
  items: ListedBooking[];
  next_cursor?: string;
}

/** One's own bookings, page by page: all of them, or those that fit what is searched for. */
export function bookingsQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: ['bookings', q],
    queryFn: ({ pageParam: cursor, signal }): Promise<Page> =>
      q === ''
        ? answered(api.GET('/api/v1/bookings', { params: { query: { cursor } }, signal }))
        : answered(api.GET('/api/v1/search/bookings', { params: { query: { q, cursor } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** Cancels a booking: its seats go back. */
export function cancelBooking(id: string): Promise<Booking> {
  return answered(api.DELETE('/api/v1/bookings/{id}', { params: { path: { id } } }));
}

/**
 * Shows the cancelled booking wherever it is listed. Asking again would not do: the search index learns of it only a moment later.
 */
export function showCancelled(client: QueryClient, { id, status }: Booking): void {
  client.setQueriesData<InfiniteData<Page>>({ queryKey: ['bookings'] }, (listed) =>
    listed && {
      ...listed,
      pages: listed.pages.map((page) => ({
        ...page,
        items: page.items.map((booking) => (booking.id === id ? withStatus(booking, status) : booking)),
      })),
    },
  );
}

function withStatus(booking: ListedBooking, status: Booking['status']): ListedBooking {
  return { ...booking, status } as ListedBooking; // a hit is never rejected, and neither is what was cancelled
}
