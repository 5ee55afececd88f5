import { describe, expect, it, vi } from 'vitest';

import { forgetIntent, newIntent, openIntent } from './intent';

describe('an intent to book', () => {
  it('is the same after a reload, key and seats', () => {
    const intent = newIntent('jazz', 2, 'ada');
    expect(openIntent('jazz', 'ada')).toEqual(intent);
    expect(intent.key).toMatch(/^[0-9a-f]{32}$/);
  });

  it('has a key of its own', () => {
    expect(newIntent('jazz', 2, 'ada').key).not.toBe(newIntent('jazz', 2, 'ada').key);
  });

  it('ends when its answer is known', () => {
    newIntent('jazz', 2, 'ada');
    forgetIntent('jazz');
    expect(openIntent('jazz', 'ada')).toBeUndefined();
  });

  it('is forgotten when nobody waits for it any more', () => {
    const { began } = newIntent('jazz', 2, 'ada');
    const now = vi.spyOn(Date, 'now').mockReturnValue(began + 600_000);
    expect(openIntent('jazz', 'ada')).toBeDefined();
    now.mockReturnValue(began + 600_001);
    expect(openIntent('jazz', 'ada')).toBeUndefined();
  });

  it('is of one event', () => {
    newIntent('jazz', 2, 'ada');
    expect(openIntent('opera', 'ada')).toBeUndefined();
  });

  it('is not sent for somebody else who uses the same tab', () => {
    newIntent('jazz', 2, 'ada');
    expect(openIntent('jazz', 'bruno')).toBeUndefined();
    expect(openIntent('jazz', 'ada'), 'nor kept').toBeUndefined();
  });
});
