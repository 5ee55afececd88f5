import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { count, countryName, dateTime, locale, minorDigits, money, monthName, period } from './format';

describe('in the English of Great Britain', () => {
  beforeEach(() => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['de-DE', 'en-GB']);
    vi.stubEnv('TZ', 'Europe/Berlin');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    [4500, 'EUR', '€45.00'],
    [4500, 'JPY', 'JP¥4,500'],
    [1500, 'KWD', 'KWD 1.500'],
    [0, 'EUR', 'Free'],
  ])('%i minor units of %s are %s', (amount, currency, said) => {
    expect(money({ amount, currency }).replace('\u00a0', ' ')).toBe(said);
  });

  it('knows how small money is divided', () => {
    expect(['EUR', 'JPY', 'KWD'].map(minorDigits)).toEqual([2, 0, 3]);
  });

  it('says moments in the time zone of whoever looks', () => {
    expect(dateTime('2026-11-27T19:00:00Z')).toMatch(/^Fri,? 27 Nov 2026, 20:00$/);
  });

  it('says the day of a period once, and the zone', () => {
    expect(period('2026-11-27T19:00:00Z', '2026-11-27T21:30:00Z')).toMatch(/^Fri,? 27 Nov 2026, 20:00\s?–\s?22:30 (CET|GMT\+1)$/);
  });

  it('names months by their own calendar, whatever the time zone', () => {
    vi.stubEnv('TZ', 'America/Los_Angeles');
    expect(monthName('2026-11')).toBe('November 2026');
  });

  it('names countries, and leaves what is none', () => {
    expect([countryName('DE'), countryName('?')]).toEqual(['Germany', '?']);
  });

  it('counts', () => {
    expect([count(1, 'seat'), count(0, 'seat'), count(12_000, 'seat'), count(2, 'country', 'countries')]).toEqual([
      '1 seat',
      '0 seats',
      '12,000 seats',
      '2 countries',
    ]);
  });
});

it('speaks British English to those who have no English of their own', () => {
  expect(locale(['de', 'fr'])).toBe('en-GB');
  expect(locale(['de', 'en-US'])).toBe('en-US');
});
