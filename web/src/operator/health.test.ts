import { expect, test } from 'vitest';

import { byTrouble, summary, type Service } from './health';

const up = (name: string): Service => ({ name, status: 'ok', latency_ms: 1 });
const down: Service = { name: 'search', status: 'down', latency_ms: 2000, error: 'it cannot be reached' };
const degraded: Service = {
  name: 'gateway', status: 'failing', latency_ms: 3,
  dependencies: [
    { name: 'broker', status: 'ok', latency_ms: 1 },
    { name: 'gateway.search', status: 'failing', latency_ms: 1, error: 'circuit open' },
  ],
};

test('what is in trouble comes first', () => {
  expect(byTrouble([up('booking'), degraded, up('event'), down]).map(({ name }) => name)).toEqual([
    'search', 'gateway', 'booking', 'event',
  ]);
});

test('the summary says who is in trouble, and with what', () => {
  expect(summary([up('booking'), up('event')])).toBe('All 2 services are up.');
  expect(summary([up('booking'), degraded, down])).toBe('search is down; gateway is degraded by gateway.search. 1 of 3 services are up.');
});
