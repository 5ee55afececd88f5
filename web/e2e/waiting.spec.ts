import { problem } from './problem.ts';
import { expect, test } from './test.ts';

test('who is offline is told, and goes on when the network is back', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  await page.goto(`/events/${event.id}`);
  await expect(page.getByText('10 seats left')).toBeVisible();
  const banner = page.getByRole('status').filter({ hasText: 'You are offline' });
  await page.context().setOffline(true);
  await expect(banner).toBeVisible();
  await page.context().setOffline(false);
  await expect(banner).toBeHidden();
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
});

test('seats stay fresh where the stream of them is not to be had', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit();
  await page.route('**/api/v1/seats?*', (route) => route.abort());
  await page.goto(`/events/${event.id}`);
  await expect(page.getByText('10 seats left')).toBeVisible();
  await api.book(alice, event, 4);
  await expect(page.getByText('6 seats left')).toBeVisible({ timeout: 25_000 });
});

test('a platform that does not answer is a message, with a way to try again', async ({ visit, api }) => {
  const event = await api.event(10);
  const page = await visit();
  let down = true;
  await page.route('**/api/v1/events/*', (route) => (down ? route.fulfill(problem(503, 'unavailable')) : route.continue()));
  await page.goto(`/events/${event.id}`);
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible({ timeout: 20_000 });
  down = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeVisible();
});

test('who asks for less motion sees none while they wait', async ({ visit }) => {
  const page = await visit();
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/v1/search?*', async (route) => {
    await released;
    await route.continue().catch(() => {}); // the page that asked has been loaded anew
  });
  for (const [reducedMotion, moves] of [['no-preference', true], ['reduce', false]] as const) {
    await page.emulateMedia({ reducedMotion });
    await page.goto('/');
    await expect(page.getByRole('status').filter({ hasText: 'Loading' })).toBeVisible();
    expect(await page.evaluate(() => document.getAnimations().length > 0), reducedMotion).toBe(moves);
  }
  release();
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible();
});
