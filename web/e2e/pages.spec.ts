import { fileURLToPath } from 'node:url';

import type { Page } from '@playwright/test';

import { barriers } from './accessibility.ts';
import { olga, oscar, type Api, type Person } from './api.ts';
import { layoutShift, measureLayout, overflow } from './layout.ts';
import type { Platform } from './platform.ts';
import { expect, test } from './test.ts';
import { until } from './until.ts';

const screens = fileURLToPath(new URL('../../build/screens/', import.meta.url));
const wide = { width: 1280, height: 900 };
const narrow = { width: 360, height: 740 };
const greatestShift = 0.05;

interface Walk {
  name: string;
  who?: Person | 'customer';
  /** Where the page is; what has to be there first is made. */
  path: string | ((api: Api, who: Person | undefined, platform: Platform) => Promise<string>);
}

const walks: Walk[] = [
  { name: 'events', path: '/' },
  { name: 'events-found-none', path: '/?q=nothing-is-called-like-this' },
  { name: 'event', path: async (api) => `/events/${(await api.event(42)).id}` },
  { name: 'event-signed-in', who: 'customer', path: async (api) => `/events/${(await api.event(42)).id}` },
  { name: 'event-sold-out', who: 'customer', path: soldOut },
  { name: 'event-unknown', path: '/events/00000000-0000-7000-8000-000000000000' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'sign-up', path: '/sign-up' },
  { name: 'bookings', who: 'customer', path: booked },
  { name: 'bookings-none', who: 'customer', path: '/bookings' },
  { name: 'not-found', path: '/no/such/page' },
  { name: 'organizer', who: olga, path: '/organizer' },
  { name: 'organizer-event-new', who: olga, path: '/organizer/events/new' },
  { name: 'organizer-event', who: olga, path: async (api) => `/organizer/events/${(await api.event(42)).id}` },
  { name: 'organizer-locations', who: olga, path: '/organizer/locations' },
  { name: 'organizer-location-new', who: olga, path: '/organizer/locations/new' },
  { name: 'organizer-location', who: olga, path: async (api) => `/organizer/locations/${(await api.event(42)).location_id}` },
  { name: 'operator', who: oscar, path: '/operator' },
  { name: 'operator-journeys', who: oscar, path: '/operator/journeys' },
  { name: 'operator-trace', who: oscar, path: traced },
  { name: 'operator-dead-letters-none', who: oscar, path: '/operator/dead-letters' },
  { name: 'operator-dead-letters', who: oscar, path: letters },
  { name: 'operator-dead-letter', who: oscar, path: async (...around) => `/operator/dead-letters/${await letter(...around)}` },
  { name: 'operator-trace-failed', who: oscar, path: failed },
];

async function soldOut(api: Api, who?: Person): Promise<string> {
  const event = await api.event(2);
  await api.book(who ?? olga, event, 2);
  return `/events/${event.id}`;
}

async function booked(api: Api, who?: Person): Promise<string> {
  for (const seats of [1, 2, 3]) {
    await api.book(who ?? olga, await api.event(10), seats);
  }
  return '/bookings';
}

async function traced(api: Api): Promise<string> {
  const trace = await api.book(olga, await api.event(10), 1);
  await api.trace(trace, 'gateway', 'booking', 'event', 'search');
  return `/operator/traces/${trace}`;
}

async function failed(api: Api, _: Person | undefined, platform: Platform): Promise<string> {
  await platform.fail({ name: 'poison-message', service: 'search', value: 'booking.confirmed' });
  const before = (await api.deadLetters()).length;
  const trace = await api.book(olga, await api.event(10), 1);
  await until('the message is given up', async () => (await api.deadLetters()).length > before);
  await api.trace(trace, 'gateway', 'booking', 'event', 'search');
  await platform.fail();
  return `/operator/traces/${trace}`;
}

async function letters(...around: [Api, Person | undefined, Platform]): Promise<string> {
  await failed(...around);
  return '/operator/dead-letters';
}

async function letter(...around: [Api, Person | undefined, Platform]): Promise<string> {
  await failed(...around);
  const [first] = await around[0].deadLetters();
  return first?.id ?? '';
}

test.describe.configure({ mode: 'parallel' }); // walks may be in any order, on any platform

for (const { name, who, path } of walks) {
  test(`${name}: accessible, without jumps, light and dark, wide and narrow`, async ({ visit, api, platform }) => {
    const person = who === 'customer' ? await api.signUp() : who;
    const page = await visit(person);
    await measureLayout(page);
    const address = typeof path === 'string' ? path : await path(api, person, platform);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const [width, viewport] of Object.entries({ wide, narrow })) {
        await page.setViewportSize(viewport);
        await page.goto(address);
        await settle(page);
        const { score, moved } = await layoutShift(page);
        expect.soft(score, `${width}: what moves while it loads: ${moved.join('; ')}`).toBeLessThanOrEqual(greatestShift);
        await page.screenshot({ path: `${screens}${name}-${width}-${colorScheme}.png`, fullPage: true });
        if ((width === 'wide') === (colorScheme === 'light')) { // each of both once: axe takes its time
          expect.soft(await barriers(page), `${width}, ${colorScheme}`).toEqual([]);
        }
        expect.soft(await overflow(page), `${width}: what is wider than the window`).toEqual([]);
      }
    }
  });
}

test('api-docs: accessible and narrow enough', async ({ visit }) => {
  test.slow(); // the page is long
  const page = await visit();
  await page.setViewportSize(narrow);
  await page.goto('/docs');
  expect.soft(await overflow(page)).toEqual([]);
  expect.soft(await barriers(page)).toEqual([]);
});

/** Returns when the page shows what it has to show. */
async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'Loading' })).toHaveCount(0);
}
