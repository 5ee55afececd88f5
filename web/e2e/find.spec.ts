import { expect, test } from './test.ts';

test('a visitor narrows the events down, sorts them and sees more of them', async ({ visit }) => {
  const page = await visit();
  await page.goto('/');
  const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem');
  await expect(events).toHaveCount(20);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(events).toHaveCount(40);

  const italy = page.getByLabel('Country').getByRole('option', { name: /^Italy/ });
  const found = /\((\d+)\)/.exec((await italy.textContent()) ?? '')?.[1];
  await page.getByLabel('Country').selectOption({ value: 'IT' });
  await expect(page.getByRole('status').filter({ hasText: `${found} events found` })).toBeVisible();
  await expect(events.filter({ hasText: 'Italy' })).toHaveCount(Number(found));
  await expect(events).toHaveCount(Number(found));

  await page.getByLabel('Sort by').selectOption('Lowest price');
  await expect(page).toHaveURL(/country=IT&sort=price/);
  await expect(events.first()).toContainText('15.00');
  await expect(events.last()).toContainText('50.00');

  await page.reload();
  await expect(page.getByLabel('Country'), 'the address keeps what was chosen').toHaveValue('IT');
  await expect(events).toHaveCount(Number(found));
  await page.getByRole('searchbox', { name: 'Search events' }).fill('chamber');
  await expect(events.filter({ hasNotText: 'Chamber Music' })).toHaveCount(0);
  await expect(events).not.toHaveCount(0);
});
