import { expect, test } from 'vitest';

import { duration } from './duration';

test.each([
  [0, '0 µs'],
  [840, '840 µs'],
  [1_000, '1 ms'],
  [61_195, '61.2 ms'],
  [1_250_000, '1.25 s'],
  [59_400_000, '59.4 s'],
  [59_900_000, '1 min'],
  [60_000_000, '1 min'],
  [125_400_000, '2 min 5 s'],
  [3_599_910_000, '1 h'],
  [3_900_000_000, '1 h 5 min'],
])('%d microseconds read as %s', (us, text) => {
  expect(duration(us)).toBe(text);
});
