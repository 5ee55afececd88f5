import { oscar } from './api.ts';
import { expect, test } from './test.ts';

test('an operator finds a failed booking and has its dead letter processed again', async ({ visit, api, platform }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  await platform.fail({ name: 'poison-message', service: 'search', value: 'booking.confirmed' });
  const buyer = await visit(alice);
  await buyer.goto(`/events/${event.id}`);
  await buyer.getByRole('button', { name: /^Book/ }).click();
  await expect(buyer.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  const [booking] = await api.bookings(alice);
  await expect.poll(async () => (await api.deadLetters()).length, { message: 'the message is given up' }).toBe(1);

  const page = await visit(oscar);
  await page.goto('/operator/journeys');
  await page.getByLabel('Booking or trace id').fill(booking?.id ?? '');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('table', { name: 'Traces' }).getByRole('row').filter({ hasText: 'error' }).getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: /^Trace/ })).toBeVisible();
  const failed = page.getByRole('table', { name: 'Spans' }).getByRole('row').filter({ hasText: /process booking.confirmed search.*Error/ });
  await expect(failed.first()).toBeVisible();

  await page.getByRole('navigation', { name: 'Operator' }).getByRole('link', { name: 'Dead letters' }).click();
  await page.getByRole('link', { name: 'booking.confirmed' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Failures' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('poison-message');

  await page.getByRole('button', { name: 'Requeue' }).click();
  await expect(page.getByRole('main').getByRole('alert'), 'the fault is still there').toContainText(/fail/i);
  await platform.fail();
  await page.getByRole('button', { name: 'Requeue' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dead letters' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'booking.confirmed' })).toHaveCount(0);

  await buyer.goto('/bookings');
  await buyer.getByRole('searchbox', { name: 'Search my bookings' }).fill(event.name);
  await expect(buyer.getByRole('main').getByText(event.name)).toBeVisible();
});

test('an operator drops a dead letter', async ({ visit, api, platform }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  await platform.fail({ name: 'poison-message', service: 'search', value: 'booking.confirmed' });
  await api.book(alice, event, 1);
  await expect.poll(async () => (await api.deadLetters()).length).toBe(1);
  await platform.fail();
  const page = await visit(oscar);
  await page.goto('/operator/dead-letters');
  await page.getByRole('link', { name: 'booking.confirmed' }).click();
  await page.getByRole('button', { name: 'Drop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('button', { name: 'Drop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dead letters' })).toBeVisible();
  expect(await api.deadLetters()).toEqual([]);
  expect(await api.bookingsFound(alice, event.name), 'nobody has processed it').toBe(0);
});

test('an operator sees how every service is, and the way to the other tools', async ({ visit }) => {
  const page = await visit(oscar);
  await page.goto('/operator');
  await expect(page.getByRole('heading', { level: 1, name: 'Health' })).toBeVisible();
  for (const service of ['gateway', 'identity', 'event', 'booking', 'search']) {
    await expect(page.getByRole('main')).toContainText(service);
  }
  await expect(page.getByRole('main')).toContainText('booking.store');
  for (const tool of ['Zipkin', 'Grafana', 'Kibana']) {
    await expect(page.getByRole('link', { name: tool })).toHaveAttribute('href', `https://${tool.toLowerCase()}.example`);
  }
});
