/** Fills bytes with what nobody can guess: crypto.getRandomValues, but in tests. */
export type Random = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;

/** An id of so many bytes in lower-case hex digits. All zeros means "none" in a traceparent, so that is never returned. */
function id(size: number, random: Random): string {
  const digits = Array.from(random(new Uint8Array(size)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return /[^0]/.test(digits) ? digits : id(size, random);
}

export function newTraceId(random: Random): string {
  return id(16, random);
}

export function newSpanId(random: Random): string {
  return id(8, random);
}

/** The header that lets the gateway continue the trace: https://www.w3.org/TR/trace-context/#traceparent-header. */
export function traceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
