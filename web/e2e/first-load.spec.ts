import { budget } from '../budget.mjs';
import { expect, test } from './test.ts';

test('a first visit costs no more than its budget, as it travels', async ({ visit }) => {
  const page = await visit();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Events' })).toBeVisible();
  const files = await page.evaluate(() => {
    const loaded = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return loaded.map(({ name, encodedBodySize }) => ({ name, bytes: encodedBodySize }));
  });
  const bytes = (kind: RegExp) => files.filter(({ name }) => kind.test(name)).reduce((sum, file) => sum + file.bytes, 0);
  expect(bytes(/\.js$/)).toBeGreaterThan(0);
  expect(bytes(/\.js$/)).toBeLessThanOrEqual(budget.script);
  expect(bytes(/\.css$/)).toBeLessThanOrEqual(budget.style);
});
