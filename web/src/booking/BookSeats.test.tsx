import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

import type { Booking, Event } from '../api/types';
import { problem, show, stubApi, success } from '../testing/show';
import { BookSeats } from './BookSeats';

const event: Event = {
  id: 'jazz',
  version: 1,
  name: 'Jazz Night',
  organizer_id: 'olga',
  starts_at: '2100-01-01T20:00:00Z',
  ends_at: '2100-01-01T22:00:00Z',
  location_id: 'club',
  location_name: 'Club',
  country: 'DE',
  hall: 'Cellar',
  capacity: 50,
  price: { amount: 1500, currency: 'EUR' },
  status: 'scheduled',
  seats_left: 50,
  created_at: '2026-01-01T00:00:00Z',
};

const booking: Booking = {
  id: 'b1',
  event_id: 'jazz',
  event_name: 'Jazz Night',
  starts_at: event.starts_at,
  user_id: 'ada',
  seats: 2,
  status: 'confirmed',
  total: { amount: 3000, currency: 'EUR' },
  created_at: '2026-01-01T00:00:00Z',
};

const page = (seatsLeft = 50) => <BookSeats event={event} seatsLeft={seatsLeft} userId="ada" />;
const keysOf = (calls: { headers: Headers }[]) => calls.map(({ headers }) => headers.get('Idempotency-Key'));
const bookButton = () => screen.getByRole('button', { name: /^Book/ });

describe('booking seats', () => {
  it('books what was chosen, and says what was booked', async () => {
    const calls = stubApi(() => success(booking, 201));
    const { person } = show(page());
    await person.click(screen.getByRole('button', { name: 'One seat more' }));
    expect(bookButton().textContent).toBe('Book 2 seats · €30.00');
    await person.click(bookButton());
    expect(await screen.findByText('Booked.')).toBeDefined();
    expect(calls).toMatchObject([{ method: 'POST', path: '/api/v1/events/jazz/bookings', body: { seats: 2 } }]);
    expect(screen.getByRole('link', { name: 'My bookings' })).toBeDefined();
  });

  it('sends a double click once, and says that it is under way', async () => {
    let answer = (_: Response) => {};
    const calls = stubApi(() => new Promise((resolve) => (answer = resolve)));
    const { person } = show(page());
    await person.dblClick(bookButton());
    const underWay = await screen.findByRole('button', { name: 'Booking …' });
    expect(underWay).toHaveProperty('disabled', true);
    expect(calls).toHaveLength(1);
    answer(success(booking, 201));
    expect(await screen.findByText('Booked.')).toBeDefined();
  });

  it('sends the same booking again after a reload that came before the answer', async () => {
    const calls = stubApi(() => new Promise(() => {}));
    const before = show(page());
    await before.person.click(screen.getByRole('button', { name: 'One seat more' }));
    await before.person.click(bookButton());
    await waitFor(() => expect(calls).toHaveLength(1));
    before.unmount();

    const again = stubApi(() => success(booking, 201));
    show(page());
    expect(screen.getByLabelText('Seats')).toHaveProperty('value', '2');
    expect(await screen.findByText('Booked.')).toBeDefined();
    expect(keysOf(again)).toEqual(keysOf(calls));
    expect(again[0]?.body).toEqual(calls[0]?.body);
  });

  it('tries again under the same key where nobody knows what became of it', async () => {
    const answers = [problem(503, 'unavailable'), success(booking, 201)];
    const calls = stubApi(() => answers.shift() ?? problem(500, 'internal'));
    const { person } = show(page());
    await person.click(bookButton());
    expect((await screen.findByRole('alert')).textContent).toMatch(/A part of the platform is away/);
    expect(screen.queryByRole('button', { name: /^Book/ }), 'nothing else is booked meanwhile').toBeNull();
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Booked.')).toBeDefined();
    const [first, second] = keysOf(calls);
    expect(second).toBe(first);
  });

  it('does not send what has failed before somebody’s eyes until they ask for it, also after they left the page', async () => {
    const calls = stubApi(() => problem(503, 'unavailable'));
    const before = show(page());
    await before.person.click(bookButton());
    await screen.findByRole('alert');
    before.unmount();

    const again = stubApi(() => success(booking, 201));
    const { person } = show(page());
    expect(screen.getByRole('alert').textContent).toMatch(/Your last booking of this event was not answered/);
    expect(again).toHaveLength(0);
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Booked.')).toBeDefined();
    expect(keysOf(again)).toEqual(keysOf(calls));
    await person.click(screen.getByRole('button', { name: 'More seats' }));
    expect(bookButton()).toHaveProperty('disabled', false);
  });

  it('lets choose anew where too long has passed to send the same again', async () => {
    const calls = stubApi(() => problem(503, 'unavailable'));
    const { person } = show(page());
    await person.click(bookButton());
    await screen.findByRole('alert');
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 11 * 60_000);
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(bookButton()).toHaveProperty('disabled', false);
    expect(calls).toHaveLength(1);
  });

  it('takes a new key for a new click after an answer', async () => {
    const calls = stubApi(() => success(booking, 201));
    const { person } = show(page());
    await person.click(bookButton());
    await person.click(await screen.findByRole('button', { name: 'More seats' }));
    await person.click(bookButton());
    await waitFor(() => expect(calls).toHaveLength(2));
    expect(new Set(keysOf(calls)).size).toBe(2);
  });

  it('says how many seats are left when there are fewer, and lets choose again', async () => {
    stubApi(() => problem(409, 'not-enough-seats'));
    const { person } = show(page(1));
    await person.click(bookButton());
    expect((await screen.findByRole('alert')).textContent).toMatch(/1 seat left.*Choose fewer seats/);
    expect(bookButton()).toHaveProperty('disabled', false);
    expect(sessionStorage).toHaveLength(0);
  });

  it('says in plain words that the event is sold out', async () => {
    stubApi(() => problem(409, 'sold-out'));
    const { person } = show(page());
    await person.click(bookButton());
    expect((await screen.findByRole('alert')).textContent).toMatch(/sold out.*choose another event/);
  });

  it('offers nothing to book where no seat is left', () => {
    stubApi(() => problem(500, 'internal'));
    show(page(0));
    expect(screen.queryByRole('button', { name: /^Book/ })).toBeNull();
  });

  it('keeps the booking when the session has ended, to send it once somebody has signed in again', async () => {
    const calls = stubApi(() => problem(401, 'session-revoked'));
    const { person, sessionEnded, unmount } = show(page());
    await person.click(bookButton());
    await waitFor(() => expect(sessionEnded).toHaveBeenCalled());
    unmount();
    const again = stubApi(() => success(booking, 201));
    show(page());
    expect(await screen.findByText('Booked.')).toBeDefined();
    expect(keysOf(again)).toEqual(keysOf(calls));
  });

  it('sends nothing while the number of seats is wrong, and says so at the field', async () => {
    const calls = stubApi(() => success(booking, 201));
    const { person } = show(page(3));
    const field = screen.getByLabelText('Seats');
    await person.clear(field);
    await person.type(field, '4');
    await person.click(bookButton());
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toBe('Choose from 1 to 3 seats.');
    expect(calls).toHaveLength(0);
  });
});
