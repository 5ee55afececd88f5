import { describe, expect, it } from 'vitest';

import { backTo, whereFrom } from './whereFrom';

describe('where somebody came from', () => {
  it('is where they go back to, with what they searched for', () => {
    const state = backTo({ pathname: '/bookings', search: '?q=jazz' }, true);
    expect(whereFrom(state)).toEqual({ from: '/bookings?q=jazz', ended: true });
  });

  it.each([[null], ['/x'], [{ from: 7 }], [{}]])('is the first page where the state is %j', (state) => {
    expect(whereFrom(state)).toEqual({ from: '/' });
  });
});
