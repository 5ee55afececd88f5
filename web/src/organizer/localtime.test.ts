import { afterEach, beforeEach, expect, test } from 'vitest';

import { toInstant, toLocal } from './localtime';

const zone = process.env.TZ;

beforeEach(() => {
  process.env.TZ = 'Europe/Berlin';
});

afterEach(() => {
  if (zone === undefined) {
    delete process.env.TZ;
  } else {
    process.env.TZ = zone;
  }
});

test.each([
  ['2026-11-29T20:30', '2026-11-29T19:30:00Z'], // winter
  ['2026-07-01T00:15', '2026-06-30T22:15:00Z'], // summer, and the day before in UTC
])('%s in Berlin is %s, there and back', (local, instant) => {
  expect(toInstant(local)).toBe(instant);
  expect(toLocal(instant)).toBe(local);
});

test('an hour that the clocks leave out does not exist', () => {
  expect(toInstant('2026-03-29T02:30')).toBeUndefined();
  expect(toInstant('2026-03-29T03:30')).toBe('2026-03-29T01:30:00Z');
});

test('of an hour that comes twice it is the first', () => {
  expect(toInstant('2026-10-25T02:30')).toBe('2026-10-25T00:30:00Z');
});

test.each(['', '2026-11-29', '2026-02-30T10:00', '2026-13-01T10:00', 'tomorrow'])('%j is no time', (local) => {
  expect(toInstant(local)).toBeUndefined();
});

test('a time with seconds and another offset is read, to the minute', () => {
  expect(toLocal('2026-11-29T14:30:59.5-05:00')).toBe('2026-11-29T20:30');
  expect(toLocal('not a time')).toBe('');
});
