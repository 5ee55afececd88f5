import type { Page } from '@playwright/test';

import { barriers } from './accessibility.ts';
import { olga } from './api.ts';
import { problem } from './problem.ts';
import { expect, test } from './test.ts';

/** A moment as the field for local times has it. The browser's clock is set to UTC. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 16);
}

async function createLocation(page: Page, name: string): Promise<void> {
  await page.goto('/organizer/locations/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Address').fill('1 Loopback Lane, Berlin');
  await page.getByLabel('Country').fill('DE');
  await page.getByRole('group', { name: 'Hall 1' }).getByLabel('Hall name').fill('Main');
  await page.getByRole('group', { name: 'Hall 1' }).getByLabel('Hall capacity').fill('50');
  await page.getByRole('button', { name: 'Create location' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('an organizer creates, changes and cancels an event', async ({ visit, api }) => {
  const page = await visit(olga);
  const name = `Reading ${Date.now()}`;
  await createLocation(page, `${name} House`);

  await page.goto('/organizer');
  await page.getByRole('link', { name: 'New event' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Location').selectOption({ label: `${name} House (DE)` });
  await page.getByLabel('Hall').selectOption('Main');
  await page.getByLabel('Starts at').fill(inDays(20));
  await page.getByLabel('Ends at').fill(inDays(21));
  await page.getByLabel('Capacity').fill('40');
  await page.getByLabel('Price').fill('12.50');
  await page.getByRole('button', { name: 'Create event' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  await page.getByLabel('Capacity').fill('30');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('status').filter({ hasText: /saved/i })).toBeVisible();

  await page.goto('/organizer');
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('30');
  const id = (await row.getByRole('link', { name }).getAttribute('href'))?.split('/').at(-1) ?? '';
  await api.bookable({ id });
  await api.book(olga, { id }, 4);
  await expect(row, 'sold and left are live').toContainText('26');

  await row.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Cancel event' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel event' }).click();
  await expect(page.getByRole('main')).toContainText('Cancelled');
});

test('an event with mistakes shows each beside its field', async ({ visit }) => {
  const page = await visit(olga);
  const house = `Small House ${Date.now()}`;
  await createLocation(page, house);
  await page.goto('/organizer/events/new');
  await page.getByRole('button', { name: 'Create event' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();

  await page.getByLabel('Name', { exact: true }).fill('Too Big');
  await page.getByLabel('Location').selectOption({ label: `${house} (DE)` });
  await page.getByLabel('Hall').selectOption({ index: 1 });
  await page.getByLabel('Starts at').fill(inDays(20));
  await page.getByLabel('Ends at').fill(inDays(19));
  await page.getByLabel('Capacity').fill('100000');
  await page.getByLabel('Price').fill('-1');
  await page.getByRole('button', { name: 'Create event' }).click();
  await expect(page.getByLabel('Name', { exact: true })).not.toHaveAttribute('aria-invalid', 'true');
  for (const label of ['Ends at', 'Price']) {
    await expect(page.getByLabel(label)).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel(label)).toHaveAccessibleDescription(/must/i);
  }
  expect(await barriers(page)).toEqual([]);
});

test('what only the platform can know is shown beside its field too', async ({ visit }) => {
  const page = await visit(olga);
  await createLocation(page, `Full House ${Date.now()}`);
  // The page cannot know the rule that is broken: the platform says it.
  await page.route('**/api/v1/locations/*', async (route) => {
    if (route.request().method() !== 'PATCH') {
      await route.continue();
      return;
    }
    await route.fulfill(problem(400, 'invalid-location', [{ field: 'address', rule: 'must be on the map' }]));
  });
  await page.getByLabel('Address').fill('Nowhere');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByLabel('Address')).toHaveAccessibleDescription(/must be on the map/i);
});
