import { describe, expect, it, vi } from 'vitest';

import { chooseTracing, mayTrace, refusedByBrowser } from './consent';

describe('consent to timing data', () => {
  it('is given until it is taken back, and can be given again', () => {
    expect(mayTrace()).toBe(true);
    chooseTracing(false);
    expect(mayTrace()).toBe(false);
    chooseTracing(true);
    expect(mayTrace()).toBe(true);
  });

  it.each([[{ globalPrivacyControl: true }], [{ doNotTrack: '1' }]])('is refused by a browser that says %j', (browser) => {
    expect(refusedByBrowser(browser)).toBe(true);
  });

  it.each([[{}], [{ doNotTrack: null }], [{ doNotTrack: '0' }], [{ globalPrivacyControl: false }]])('is not by %j', (browser) => {
    expect(refusedByBrowser(browser)).toBe(false);
  });

  it('cannot be given against the browser', () => {
    vi.stubGlobal('navigator', { doNotTrack: '1' });
    chooseTracing(true);
    expect(mayTrace()).toBe(false);
    vi.unstubAllGlobals();
  });
});
