const second = 1_000_000;
const minute = 60 * second;

/** A duration in the unit that suits it, to three digits or in two units: "840 µs", "61.2 ms", "1 h 5 min". */
export function duration(us: number): string {
  if (us < 1_000) {
    return `${us} µs`;
  }
  if (us < second) {
    return `${threeDigits(us / 1_000)} ms`;
  }
  if (us < minute - second / 2) {
    return `${threeDigits(us / second)} s`;
  }
  const seconds = Math.round(us / second);
  return seconds < 3_600 ? inTwo(seconds, 60, 'min', 's') : inTwo(Math.round(seconds / 60), 60, 'h', 'min');
}

function threeDigits(n: number): number {
  return Number(n.toPrecision(3));
}

function inTwo(n: number, size: number, large: string, small: string): string {
  const rest = n % size;
  return `${Math.floor(n / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
