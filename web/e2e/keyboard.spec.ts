import type { Page } from '@playwright/test';

import { expect, test } from './test.ts';

/** Presses Tab until something of that role and name has the focus, which has to be seen. */
async function tabTo(page: Page, role: 'link' | 'button' | 'searchbox' | 'textbox', name: RegExp): Promise<void> {
  const target = page.getByRole(role, { name }).and(page.locator(':focus'));
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await target.count()) > 0) {
      const outline = await target.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
      });
      expect(outline, `the focus on ${String(name)} can be seen`).toBe(true);
      return;
    }
  }
  throw new Error(`no ${role} ${String(name)} was reached by Tab`);
}

test('a ticket can be bought by keyboard alone', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Events' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  await tabTo(page, 'searchbox', /Search events/);
  await page.keyboard.type(event.name);
  await expect(page.getByRole('link', { name: event.name })).toBeVisible();
  await tabTo(page, 'link', new RegExp(event.name));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeFocused();

  await tabTo(page, 'link', /Sign in to book/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await tabTo(page, 'textbox', /E-mail/);
  await page.keyboard.type(alice.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(alice.password);
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeFocused();
  await tabTo(page, 'textbox', /^Seats/);
  await page.keyboard.type('2'); // in place of what is there, which Tab has selected
  await tabTo(page, 'button', /^Book/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: /booked/i })).toBeVisible();
  expect((await api.bookings(alice)).map(({ seats }) => seats)).toEqual([2]);
});
