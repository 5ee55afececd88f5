import { expect, test } from 'vitest';

import { toMinorUnits, toText } from './price';

test.each([
  ['45', 'EUR', 4500],
  ['45.5', 'EUR', 4550],
  ['45,50', 'EUR', 4550],
  [' 0 ', 'EUR', 0],
  ['1.10', 'EUR', 110], // 1.10 * 100 is not 110 where numbers are binary
  ['45.', 'EUR', 4500],
  ['1500', 'JPY', 1500],
  ['1.234', 'KWD', 1234],
  ['45', 'not yet typed', 4500],
])('%j in %s is %d minor units', (text, currency, amount) => {
  expect(toMinorUnits(text, currency)).toBe(amount);
});

test.each([
  ['', 'EUR'],
  ['free', 'EUR'],
  ['-1', 'EUR'],
  ['1e3', 'EUR'],
  ['45.555', 'EUR'],
  ['1.5', 'JPY'],
  ['1,000.00', 'EUR'],
])('%j in %s is no price', (text, currency) => {
  expect(toMinorUnits(text, currency)).toBeUndefined();
});

test.each([
  [4550, 'EUR', '45.50'],
  [1500, 'JPY', '1500'],
  [7, 'EUR', '0.07'],
])('%d minor units of %s are typed as %s', (amount, currency, text) => {
  expect(toText(amount, currency)).toBe(text);
  expect(toMinorUnits(text, currency)).toBe(amount);
});
