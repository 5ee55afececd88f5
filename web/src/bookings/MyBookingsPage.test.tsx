import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { Booking } from '../api/types';
import { problem, show, stubApi, success } from '../testing/show';
import { MyBookingsPage } from './MyBookingsPage';

const booking: Booking = {
  id: 'b1',
  event_id: 'jazz',
  event_name: 'Jazz Night',
  starts_at: '2100-01-01T20:00:00Z',
  user_id: 'ada',
  seats: 2,
  status: 'confirmed',
  total: { amount: 3000, currency: 'EUR' },
  created_at: '2026-01-01T00:00:00Z',
};

const rejected: Booking = { ...booking, id: 'b2', event_name: 'Opera', status: 'rejected', reason: 'sold-out' };

describe('my bookings', () => {
  it('lists them with what became of them', async () => {
    stubApi(() => success({ items: [booking, rejected] }));
    show(<MyBookingsPage />);
    const [jazz, opera] = await screen.findAllByRole('listitem');
    expect(jazz?.textContent).toMatch(/Jazz Night.*Confirmed.*2 seats, €30\.00/);
    expect(opera?.textContent).toMatch(/Opera.*Rejected.*The event was sold out\./);
    expect(within(opera as HTMLElement).queryByRole('button')).toBeNull();
  });

  it('finds them by what is typed, once', async () => {
    const calls = stubApi(({ path }) => success({ items: path.startsWith('/api/v1/search/') ? [booking] : [booking, rejected] }));
    const { person } = show(<MyBookingsPage />);
    await person.type(await screen.findByRole('searchbox', { name: 'Search my bookings' }), 'jazz');
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1));
    expect(calls.map(({ path }) => path)).toEqual(['/api/v1/bookings', '/api/v1/search/bookings?q=jazz']);
  });

  it('cancels one after it has asked', async () => {
    const calls = stubApi(({ method }) => success(method === 'DELETE' ? { ...booking, status: 'cancelled' } : { items: [booking] }));
    const { person } = show(<MyBookingsPage />);
    await person.click(await screen.findByRole('button', { name: 'Cancel the booking of Jazz Night' }));
    await person.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Keep it' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(calls.filter(({ method }) => method === 'DELETE')).toHaveLength(0);

    await person.click(screen.getByRole('button', { name: 'Cancel the booking of Jazz Night' }));
    await person.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel booking' }));
    await waitFor(() => expect(screen.getByRole('listitem').textContent).toMatch(/Cancelled/));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('link', { name: 'Jazz Night' })));
    expect(calls.filter(({ method }) => method === 'DELETE').map(({ path }) => path)).toEqual(['/api/v1/bookings/b1']);
  });

  it('says why one could not be cancelled, and keeps it', async () => {
    stubApi(({ method }) => (method === 'DELETE' ? problem(409, 'event-past') : success({ items: [booking] })));
    const { person } = show(<MyBookingsPage />);
    await person.click(await screen.findByRole('button', { name: /^Cancel/ }));
    await person.click(screen.getByRole('button', { name: 'Cancel booking' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/has begun already/);
    expect(screen.getByRole('listitem').textContent).toMatch(/Confirmed/);
  });

  it('says what to do where there are none', async () => {
    stubApi(() => success({ items: [] }));
    show(<MyBookingsPage />);
    expect(await screen.findByText('You have no bookings yet.')).toBeDefined();
    expect(screen.getByRole('link', { name: 'Find an event' })).toBeDefined();
  });
});
