import { describe, expect, it } from 'vitest';

import { forgetLife, keepLife, renewalDue } from './life';

describe('the life of a session', () => {
  it('is renewed when less than a third of it is left', () => {
    keepLife(9_000, 0);
    expect(renewalDue(5_999)).toBe(false);
    expect(renewalDue(6_000)).toBe(true);
  });

  it('is renewed where nobody knows how long it is', () => {
    expect(renewalDue(0)).toBe(true);
    keepLife(9_000, 0);
    forgetLife();
    expect(renewalDue(0)).toBe(true);
  });

  it('is renewed where the note of it is broken', () => {
    localStorage.setItem('myevents.session', '{');
    expect(renewalDue(0)).toBe(true);
  });
});
