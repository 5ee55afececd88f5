import type { Page } from '@playwright/test';

import { barriers } from './accessibility.ts';
import { problem } from './problem.ts';
import { expect, test } from './test.ts';

const bookingRequests = '**/api/v1/events/*/bookings';

/** Answers when the page has sent so many requests to book, and holds them back until release is called. */
async function holdBookings(page: Page) {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const keys: (string | undefined)[] = [];
  await page.route(bookingRequests, async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    await released;
    await route.continue().catch(() => {}); // the page that asked may have gone
  });
  return { keys, release };
}

test('a visitor signs up and buys a ticket', async ({ visit, api }) => {
  const event = await api.event(10);
  const page = await visit();
  await page.goto('/');
  await page.getByRole('searchbox', { name: 'Search events' }).fill(event.name);
  await page.getByRole('link', { name: event.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeVisible();
  await expect(page.getByText('10 seats left')).toBeVisible();

  await page.getByRole('link', { name: 'Sign in to book' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Sign up' }).click();
  await page.getByLabel('First name').fill('Ada');
  await page.getByLabel('Last name').fill('Lovelace');
  await page.getByLabel('E-mail').fill(`ada.${event.id}@e2e.example`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign up' }).click();

  await expect(page.getByRole('heading', { level: 1, name: event.name }), 'comes back to where it was').toBeVisible();
  await page.getByLabel('Seats').fill('2');
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  await expect(page.getByText('8 seats left')).toBeVisible();
  expect(await barriers(page)).toEqual([]);

  await page.getByRole('main').getByRole('link', { name: 'My bookings' }).click();
  const booking = page.getByRole('listitem').or(page.getByRole('row')).filter({ hasText: event.name });
  await expect(booking).toContainText('2 seats');
  await expect(booking).toContainText('Confirmed');
});

test('a double click books once', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  const { keys, release } = await holdBookings(page);
  await page.goto(`/events/${event.id}`);
  await page.getByRole('button', { name: /^Book/ }).dblclick();
  await expect(page.getByRole('button', { name: /^Booking/ })).toBeDisabled();
  release();
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  expect(keys).toHaveLength(1);
  expect(await api.bookings(alice)).toHaveLength(1);
});

test('a reload while the answer is out books once', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  // The booking is made, but its answer never comes to the page that asked.
  const keys: (string | undefined)[] = [];
  await page.route(bookingRequests, async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length === 1) {
      await route.fetch();
      return;
    }
    await route.continue();
  });
  await page.goto(`/events/${event.id}`);
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect.poll(async () => (await api.bookings(alice)).length).toBe(1);

  await page.reload();
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(await api.bookings(alice)).toHaveLength(1);
});

test('an answer that was lost on its way is asked for again', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  const keys: (string | undefined)[] = [];
  await page.route(bookingRequests, async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) {
      await route.continue();
      return;
    }
    await route.fetch();
    await route.fulfill(problem(503, 'unavailable'));
  });
  await page.goto(`/events/${event.id}`);
  await page.getByRole('button', { name: /^Book/ }).click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(await api.bookings(alice)).toHaveLength(1);
});

test('who gives up after a failure books nothing by coming back', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  await page.route(bookingRequests, (route) => route.abort());
  await page.goto(`/events/${event.id}`);
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.unroute(bookingRequests);
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/bookings') && sent.push(request.url()));
  await page.goto(`/events/${event.id}`);
  await expect(page.getByRole('button', { name: /^(Try again|Book)/ }).first()).toBeEnabled();
  expect(sent).toEqual([]);
  expect(await api.bookings(alice)).toEqual([]);
});

test('who looks at an event sees it sell out', async ({ visit, api }) => {
  const [event, alice, bob] = await Promise.all([api.event(3), api.signUp(), api.signUp('Bob')]);
  const page = await visit(alice);
  await page.goto(`/events/${event.id}`);
  await expect(page.getByText('3 seats left')).toBeVisible();
  await api.book(bob, event, 2);
  await expect(page.getByText('1 seat left')).toBeVisible();
  await api.book(bob, event, 1);
  await expect(page.getByText('Sold out').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Book/, disabled: false })).toHaveCount(0);
});

test('who books what has just been sold is told', async ({ visit, api }) => {
  const [event, alice, bob] = await Promise.all([api.event(2), api.signUp(), api.signUp('Bob')]);
  const page = await visit(alice);
  const { keys, release } = await holdBookings(page);
  await page.goto(`/events/${event.id}`);
  await page.getByLabel('Seats').fill('2');
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect.poll(() => keys).toHaveLength(1);
  await api.book(bob, event, 1);
  release();
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/1 seat (is )?left/i);
  expect(await barriers(page)).toEqual([]);
  expect((await api.bookings(alice)).filter(({ status }) => status === 'confirmed')).toEqual([]);
});

test('a booking can be found and cancelled', async ({ visit, api }) => {
  const [kept, cancelled, alice] = await Promise.all([api.event(10), api.event(10), api.signUp()]);
  await api.book(alice, kept, 1);
  await api.book(alice, cancelled, 3);
  const page = await visit(alice);
  await page.goto('/bookings');
  const bookings = page.getByRole('main').getByRole('listitem').or(page.getByRole('main').getByRole('row'));
  await expect(bookings.filter({ hasText: kept.name })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search my bookings' }).fill(cancelled.name);
  await expect(bookings.filter({ hasText: kept.name })).toHaveCount(0);
  const booking = bookings.filter({ hasText: cancelled.name });
  await booking.getByRole('button', { name: /^Cancel/ }).click();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel booking' }).click();
  await expect(booking).toContainText('Cancelled');
  expect((await api.bookings(alice)).find(({ event_id }) => event_id === cancelled.id)?.status).toBe('cancelled');

  await page.goto(`/events/${cancelled.id}`);
  await expect(page.getByText('10 seats left'), 'the seats go back').toBeVisible();
});
