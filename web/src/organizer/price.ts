import { minorDigits } from '../ui/format';

/** How many digits the currency has behind the point; 2 while what stands there is none. */
export function digits(currency: string): number {
  try {
    return minorDigits(currency);
  } catch {
    return 2;
  }
}

/** The price in minor units, as the API wants it: "45", "45.5" and "45,50" are 4500, 4550, 4550 cents. Undefined where it is none. */
export function toMinorUnits(text: string, currency: string): number | undefined {
  const places = digits(currency);
  const match = /^(\d{1,13})(?:[.,](\d*))?$/.exec(text.trim());
  const fraction = match?.[2] ?? '';
  if (match === null || fraction.length > places) {
    return undefined;
  }
  return Number(`${match[1]}${fraction.padEnd(places, '0')}`);
}

/** The price as one would type it: 4550 cents are "45.50". */
export function toText(minorUnits: number, currency: string): string {
  const places = digits(currency);
  return (minorUnits / 10 ** places).toFixed(places);
}
