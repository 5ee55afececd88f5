import { expect, test } from 'vitest';

import { timeline } from './timeline';

const hour = 3_600_000_000;

test('short pauses are true to scale', () => {
  const { place, cuts } = timeline([{ start: 100, end: 150 }, { start: 175, end: 200 }]);
  expect(cuts).toEqual([]);
  expect([100, 150, 175, 200].map(place)).toEqual([0, 0.5, 0.75, 1]);
});

test('a pause much longer than what happened is cut, and what happened can be seen', () => {
  const { place, cuts } = timeline([{ start: 0, end: 5_000 }, { start: hour, end: hour + 5_000 }]);
  expect(cuts).toEqual([{ at: expect.closeTo(0.48), width: 0.04, pauseUs: hour - 5_000 }]);
  expect(place(5_000)).toBeCloseTo(0.48);
  expect(place(hour)).toBeCloseTo(0.52);
  expect(place(hour + 5_000)).toBeCloseTo(1);
});

test('many cuts leave half of the width for what happened', () => {
  const calls = Array.from({ length: 100 }, (_, i) => ({ start: i * hour, end: i * hour + 1 }));
  const { place, cuts } = timeline(calls);
  expect(cuts).toHaveLength(99);
  expect(cuts.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(0.5);
  expect(place(99 * hour + 1)).toBeCloseTo(1);
});

test('what overlaps is no pause, whatever ends first', () => {
  const { cuts } = timeline([{ start: 0, end: hour }, { start: 10, end: 20 }, { start: hour - 1, end: hour + 1 }]);
  expect(cuts).toEqual([]);
});

test('a moment without any duration has a place', () => {
  expect(timeline([{ start: 7, end: 7 }]).place(7)).toBe(0);
  expect(timeline([]).place(7)).toBe(0);
});
