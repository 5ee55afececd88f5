import { describe, expect, it } from 'vitest';

import { mostSeats, seatsMistake } from './seats';

describe('the number of seats', () => {
  it.each([
    ['1', 5],
    ['5', 5],
    [' 2 ', 5],
    ['100', 5_000],
  ])('%j of %i left is fine', (typed, left) => {
    expect(seatsMistake(typed, left)).toBeUndefined();
  });

  it.each([
    ['', 5, 'Choose from 1 to 5 seats.'],
    ['0', 5, 'Choose from 1 to 5 seats.'],
    ['-1', 5, 'Choose from 1 to 5 seats.'],
    ['1.5', 5, 'Choose from 1 to 5 seats.'],
    ['two', 5, 'Choose from 1 to 5 seats.'],
    ['6', 5, 'Choose from 1 to 5 seats.'],
    ['101', 5_000, 'Choose from 1 to 100 seats.'],
    ['2', 1, 'Only 1 seat is left.'],
  ])('%j of %i left is a mistake', (typed, left, said) => {
    expect(seatsMistake(typed, left)).toBe(said);
  });

  it('is what one booking can take, at most', () => {
    expect([mostSeats(7), mostSeats(5_000)]).toEqual([7, 100]);
  });
});
