import { expect, test } from './test.ts';

test('of two browsers that race for the last seat one wins and the other is told', async ({ visit, api }) => {
  const [event, alice, bob] = await Promise.all([api.event(1), api.signUp(), api.signUp('Bob')]);
  const pages = await Promise.all([visit(alice), visit(bob)]);
  for (const page of pages) {
    await page.goto(`/events/${event.id}`);
    await expect(page.getByText('1 seat left')).toBeVisible();
  }
  // Both requests are held until both are out: otherwise the slower page would have seen the seat go.
  let out = 0;
  let release = () => {};
  const both = new Promise<void>((resolve) => (release = resolve));
  for (const page of pages) {
    await page.route('**/api/v1/events/*/bookings', async (route) => {
      out += 1;
      if (out === pages.length) {
        release();
      }
      await both;
      await route.continue();
    });
  }
  await Promise.all(pages.map((page) => page.getByRole('button', { name: /^Book/ }).click()));

  const won = await Promise.all(
    pages.map(async (page) => {
      const booked = page.getByRole('status').filter({ hasText: /booked/i });
      const refused = page.getByRole('main').getByRole('alert').filter({ hasText: /sold out/i });
      await expect(booked.or(refused)).toBeVisible();
      return booked.isVisible();
    }),
  );
  expect(won.sort()).toEqual([false, true]);
  const confirmed = (await Promise.all([alice, bob].map((who) => api.bookings(who)))).flat().filter(({ status }) => status === 'confirmed');
  expect(confirmed).toHaveLength(1);
});
