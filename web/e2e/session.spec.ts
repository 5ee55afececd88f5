import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { olga } from './api.ts';
import { expect, signIn, test } from './test.ts';

test('who signs in with a wrong password is told, and may try again', async ({ visit, api }) => {
  const alice = await api.signUp();
  const page = await visit();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(alice.email);
  await page.getByLabel('Password').fill('wrong horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText(/password/i);
  await page.getByLabel('Password').fill(alice.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  expect((await page.context().cookies()).map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: 'myevents_session', httpOnly: true, sameSite: 'Lax' },
  ]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  expect(await page.context().cookies()).toEqual([]);
});

test('a session that ends in the middle of a booking costs no booking', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  await page.goto(`/events/${event.id}`);
  await page.getByLabel('Seats').fill('3');
  await expect(page.getByRole('button', { name: /^Book/ })).toBeEnabled();
  const [session] = await page.context().cookies();
  await api.revoke(session?.value ?? '');

  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await expect(page.getByText(/session has ended/i)).toBeVisible();
  await page.getByLabel('E-mail').fill(alice.email);
  await page.getByLabel('Password').fill(alice.password);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeVisible();
  const booked = page.getByRole('status').filter({ hasText: /booked/i });
  const book = page.getByRole('button', { name: /^Book/ });
  await expect(booked.or(book)).toBeVisible();
  if (!(await booked.isVisible())) {
    await expect(page.getByLabel('Seats'), 'what was typed is still there').toHaveValue('3');
    await book.click();
  }
  await expect(booked).toBeVisible();
  const bookings = await api.bookings(alice);
  expect(bookings.map(({ seats, status }) => ({ seats, status }))).toEqual([{ seats: 3, status: 'confirmed' }]);
});

test('a session is renewed for as long as the page is used', async ({ visit, api }) => {
  const alice = await api.signUp();
  const page = await visit();
  const renewals: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && renewals.push(request.url()));
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(alice.email);
  await page.getByLabel('Password').fill(alice.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Events' }).click();
  const [before] = await page.context().cookies();
  expect(renewals).toEqual([]);

  await page.clock.setSystemTime(Date.now() + 8 * 60 * 1000); // of ten
  await page.getByRole('heading', { level: 1, name: 'Events' }).click();
  await expect.poll(async () => (await page.context().cookies())[0]?.value).not.toBe(before?.value);
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  expect(renewals).toHaveLength(1);
});

test('a session that has ended keeps nobody from what is for all', async ({ visit, api }) => {
  const alice = await api.signUp();
  const page = await visit(alice);
  const [session] = await page.context().cookies();
  await api.revoke(session?.value ?? '');
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Events' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible();
});

test('a page of another origin cannot act for who is signed in', async ({ browser, api }) => {
  const event = await api.event(10);
  const context = await browser.newContext();
  await signIn(context, olga);
  const page = await context.newPage();
  // Another port of the same host is another origin, but the same site: the browser sends a SameSite cookie along.
  const stranger = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end(`<form method="post" action="${new URL(`/api/v1/events/${event.id}/cancel`, api.url).href}"><button>Win</button></form>`);
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  await page.goto(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
  const answered = page.waitForResponse('**/cancel');
  await page.getByRole('button', { name: 'Win' }).click();
  expect((await (await answered).request().allHeaders())['cookie']).toContain('myevents_session=');
  expect((await answered).status()).toBe(403);
  await page.goto(new URL(`/organizer/events/${event.id}`, api.url).href);
  await expect(page.getByRole('main')).toContainText('On sale');
  await context.close();
  stranger.close();
});

test('a page for operators shows nothing to a customer', async ({ visit, api }) => {
  const page = await visit(await api.signUp());
  await page.goto('/operator');
  await expect(page.getByText(/operators/i).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Operator' })).toHaveCount(0);
});
