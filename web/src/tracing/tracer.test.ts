import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Span } from './batch';
import { Tracer } from './tracer';

describe('the tracer', () => {
  let reported: Span[];
  let allowed: boolean;
  let tracer: Tracer;
  let bytes = 0;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
    reported = [];
    allowed = true;
    tracer = new Tracer({
      now: () => Date.now(),
      random: (filled) => filled.map(() => ++bytes % 256) as Uint8Array,
      allowed: () => allowed,
      report: (span) => reported.push(span),
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function call(): { header: string | null; answer: (status: number) => void } {
    const headers = new Headers();
    const made = tracer.call('POST', '/api/v1/events/{id}/bookings');
    made.mark(headers);
    return { header: headers.get('traceparent'), answer: (status) => made.answered(status) };
  }

  it('makes an action the root, and its calls the children that the gateway continues', () => {
    tracer.start(1);
    tracer.action('click Book');
    vi.advanceTimersByTime(5);
    const { header, answer } = call();
    vi.advanceTimersByTime(20);
    answer(201);
    vi.advanceTimersByTime(5_000);

    const [child, root] = reported;
    expect(root).toMatchObject({ name: 'click Book', kind: 'internal', started_at_us: 1_000_000, duration_us: 25_000 });
    expect(root).not.toHaveProperty('parent_span_id');
    expect(child).toMatchObject({
      trace_id: root?.trace_id,
      parent_span_id: root?.span_id,
      name: 'POST /api/v1/events/{id}/bookings',
      kind: 'client',
      started_at_us: 1_005_000,
      duration_us: 20_000,
      tags: {
        'http.request.method': 'POST',
        'url.template': '/api/v1/events/{id}/bookings',
        'http.response.status_code': '201',
      },
    });
    expect(child).not.toHaveProperty('error');
    expect(header).toBe(`00-${child?.trace_id}-${child?.span_id}-01`);
    expect(reported).toHaveLength(2);
  });

  it('counts calls that follow closely to the action; those that come later nobody is to record', () => {
    tracer.start(1);
    tracer.action('navigate /');
    call().answer(200);
    vi.advanceTimersByTime(1_400);
    call().answer(200);
    vi.advanceTimersByTime(1_500);
    expect(call().header).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(reported.map(({ name }) => name)).toEqual([expect.stringMatching(/^POST/), expect.stringMatching(/^POST/), 'navigate /']);
  });

  it('keeps an action open for as long as its call is under way', () => {
    tracer.start(1);
    tracer.action('click Book');
    const { answer } = call();
    vi.advanceTimersByTime(10_000);
    answer(503);
    vi.advanceTimersByTime(1_500);
    expect(reported).toMatchObject([{ error: '503', tags: { 'error.type': '503' } }, { name: 'click Book', duration_us: 10_000_000 }]);
  });

  it('leaves a call with the action that made it when another one begins', () => {
    tracer.start(1);
    tracer.action('click Book');
    const { answer } = call();
    tracer.action('navigate /bookings');
    answer(201);
    expect(reported.map(({ name }) => name)).toEqual(['POST /api/v1/events/{id}/bookings', 'click Book']);
    expect(new Set(reported.map(({ trace_id }) => trace_id)).size).toBe(1);
  });

  it('says why a call had no answer', () => {
    tracer.start(1);
    tracer.action('click Book');
    tracer.call('GET', '/x').failed('timed-out');
    expect(reported[0]).toMatchObject({ error: 'timed-out', tags: { 'error.type': 'timed-out' } });
  });

  it('does not call it a failure that a booking is refused', () => {
    tracer.start(1);
    tracer.action('click Book');
    call().answer(409);
    expect(reported[0]).not.toHaveProperty('error');
  });

  it('reports no action that called nothing', () => {
    tracer.start(1);
    tracer.action('click nowhere');
    vi.advanceTimersByTime(5_000);
    expect(reported).toEqual([]);
  });

  it('says so in the traceparent where a trace is not sampled, and reports nothing of it', () => {
    tracer.start(0);
    tracer.action('click Book');
    const { header, answer } = call();
    answer(201);
    vi.advanceTimersByTime(5_000);
    expect(header).toMatch(/-00$/);
    expect(reported).toEqual([]);
  });

  it('leaves the gateway to begin the trace before it was started', () => {
    tracer.action('click Book');
    const { header, answer } = call();
    answer(201);
    vi.advanceTimersByTime(5_000);
    expect(header).toBeNull();
    expect(reported).toEqual([]);
  });

  it('marks and reports nothing once it is no longer allowed, not even what was under way', () => {
    tracer.start(1);
    tracer.action('click Book');
    const { answer } = call();
    allowed = false;
    expect(call().header).toBeNull();
    answer(201);
    vi.advanceTimersByTime(5_000);
    expect(reported).toEqual([]);
  });
});
