import { oscar } from './api.ts';
import { expect, test } from './test.ts';

test('from the click to the last consumer is one trace', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const buyer = await visit(alice);
  await buyer.goto(`/events/${event.id}`);
  const answered = buyer.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/bookings'));
  await buyer.getByRole('button', { name: /^Book/ }).click();
  const id = (await (await answered).headerValue('trace-id')) ?? '';
  expect(id).toMatch(/^[0-9a-f]{32}$/);

  const crossed = ['web', 'gateway', 'booking', 'event', 'search'];
  const trace = await api.trace(id, ...crossed);
  const spans = trace.spans.map(({ service, name }) => `${service}: ${name}`);
  expect(spans).toEqual(expect.arrayContaining(['event: process booking.confirmed', 'search: process booking.confirmed']));

  const page = await visit(oscar);
  await page.goto('/operator/journeys');
  await page.getByLabel('Booking or trace id').fill(id);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('table', { name: 'Traces' }).getByRole('link').click();
  const services = page.getByRole('list', { name: 'Services' });
  await expect(services).toBeVisible();
  for (const service of crossed) {
    await expect(services).toContainText(service);
  }
});

test('who does not want to send timing data sends none', async ({ visit, api }) => {
  const [event, alice] = await Promise.all([api.event(10), api.signUp()]);
  const page = await visit(alice);
  const traced: string[] = [];
  page.on('request', (request) => {
    if (request.headers()['traceparent'] !== undefined || request.url().endsWith('/browser/spans')) {
      traced.push(`${request.method()} ${request.url()}`);
    }
  });
  await page.goto('/');
  await page.getByRole('searchbox', { name: 'Search events' }).fill(event.name);
  await expect.poll(() => traced, { message: 'as long as nothing was said' }).toContainEqual(expect.stringContaining('/browser/spans'));

  await page.getByRole('contentinfo').getByLabel('Send timing data').uncheck();
  traced.length = 0;
  await page.getByRole('link', { name: event.name }).click();
  const answered = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/bookings'));
  await page.getByRole('button', { name: /^Book/ }).click();
  const id = (await (await answered).headerValue('trace-id')) ?? '';
  const { services } = await api.trace(id, 'gateway', 'booking', 'event', 'search');
  expect(services).not.toContain('web');
  await page.goto('/bookings');
  await expect(page.getByRole('contentinfo').getByLabel('Send timing data'), 'it is remembered').not.toBeChecked();
  await expect(page.getByRole('main').getByText(event.name)).toBeVisible();
  expect(traced).toEqual([]);
});
