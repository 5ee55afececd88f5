/**
 * The time as an input of type datetime-local wants it: on the clock of whoever looks, to the minute, "2026-11-29T20:30".
 * Seconds are not shown; a time that is not touched is not sent either, so they are not lost.
 */
export function toLocal(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) {
    return '';
  }
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * The instant that an input of type datetime-local means, as the API wants it: RFC 3339, in UTC. Undefined where there is no
 * such time, which is also true of the hour that is left out when the clocks go forward. Of the hour that comes twice when
 * they go back it is the first.
 */
export function toInstant(local: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local)) {
    return undefined;
  }
  const date = new Date(local);
  return toLocal(date.toString()) === local ? date.toISOString().replace('.000Z', 'Z') : undefined;
}

/** The name of the clock on which local times are read, such as "Europe/Berlin". */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
