import { describe, expect, it } from 'vitest';

import { newSpanId, newTraceId, traceparent, type Random } from './ids';

const real: Random = (bytes) => crypto.getRandomValues(bytes);

describe('ids of traces and spans', () => {
  it('are lower-case hex digits of the length that W3C asks for', () => {
    expect(newTraceId(real)).toMatch(/^[0-9a-f]{32}$/);
    expect(newSpanId(real)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('keep the zeros in front', () => {
    expect(newSpanId((bytes) => bytes.fill(7))).toBe('07'.repeat(8));
  });

  it('are never all zeros', () => {
    let calls = 0;
    expect(newSpanId((bytes) => bytes.fill(calls++))).toBe('01'.repeat(8));
  });

  it('make a traceparent that says whether the trace is sampled', () => {
    expect(traceparent('a'.repeat(32), 'b'.repeat(16), true)).toBe(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    expect(traceparent('a'.repeat(32), 'b'.repeat(16), false)).toMatch(/-00$/);
  });
});
