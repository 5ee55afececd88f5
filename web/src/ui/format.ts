import type { Money } from '../api/types';

/** The page speaks English; numbers and dates are written as the visitor's English is, where they have one. */
export function locale(languages: readonly string[] = navigator.languages): string {
  return languages.find((language) => language.startsWith('en')) ?? 'en-GB';
}

/** How many digits the minor unit of a currency has: 2 for EUR, none for JPY. */
export function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** An amount in words of its currency: 4500 EUR is €45.00, and nothing to pay is free. */
export function money({ amount, currency }: Money): string {
  if (amount === 0) {
    return 'Free';
  }
  return new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(amount / 10 ** minorDigits(currency));
}

const momentParts = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
} as const;

/** A moment in the visitor's own time zone: Fri, 27 Nov 2026, 20:00. */
export function dateTime(moment: string | Date): string {
  return new Date(moment).toLocaleString(locale(), momentParts);
}

/** A period; the day is not said twice. */
export function period(from: string | Date, to: string | Date): string {
  return new Intl.DateTimeFormat(locale(), { ...momentParts, timeZoneName: 'short' }).formatRange(new Date(from), new Date(to));
}

/** A month such as 2026-11 in words: November 2026. */
export function monthName(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleDateString(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' });
}

/** The name of a country by its ISO code; an unknown code is its own name. */
export function countryName(code: string): string {
  try {
    return new Intl.DisplayNames(locale(), { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A number: 1,000. */
export function number(n: number): string {
  return n.toLocaleString(locale());
}

/** A number with its noun: 1 seat, 1,000 seats. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString(locale())} ${n === 1 ? one : many}`;
}
