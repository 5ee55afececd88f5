import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Batch, type Send, type Span } from './batch';

const span: Span = { trace_id: 'a', span_id: 'b', name: 'click Book', kind: 'internal', started_at_us: 1, duration_us: 1 };

function filled(batch: Batch, spans: number): Batch {
  for (let i = 0; i < spans; i++) {
    batch.add(span);
  }
  return batch;
}

describe('a batch of spans', () => {
  const send = vi.fn<Send>();
  beforeEach(() => {
    vi.useFakeTimers();
    send.mockReset().mockResolvedValue(202);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('goes out after two seconds, in one report', () => {
    filled(new Batch(send), 3);
    vi.advanceTimersByTime(1_999);
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(send.mock.calls).toEqual([[[span, span, span], false]]);
  });

  it('goes out at once when it is full', () => {
    filled(new Batch(send), 50);
    expect(send).toHaveBeenCalledOnce();
    expect(send.mock.calls[0]?.[0]).toHaveLength(50);
  });

  it('goes out before the page leaves, so that it arrives without it', () => {
    filled(new Batch(send), 1).flush(true);
    expect(send.mock.calls).toEqual([[[span], true]]);
    vi.runAllTimers();
    expect(send, 'and not once more').toHaveBeenCalledOnce();
  });

  it('sends nothing when there is nothing', () => {
    new Batch(send).flush();
    expect(send).not.toHaveBeenCalled();
  });

  it('leaves a gateway alone that takes no spans', async () => {
    const batch = new Batch(send.mockResolvedValue(404));
    filled(batch, 1).flush();
    await vi.runAllTimersAsync();
    filled(batch, 60).flush();
    expect(send).toHaveBeenCalledOnce();
  });

  it('goes on after a report that was too much or got lost, without sending it again', async () => {
    const batch = new Batch(send.mockResolvedValueOnce(429).mockRejectedValueOnce(new TypeError('no network')));
    for (let report = 1; report <= 3; report++) {
      filled(batch, report).flush();
      await vi.runAllTimersAsync();
    }
    expect(send.mock.calls.map(([spans]) => spans.length)).toEqual([1, 2, 3]);
  });

  it('forgets what waits when it is told to', () => {
    filled(new Batch(send), 5).clear();
    vi.runAllTimers();
    expect(send).not.toHaveBeenCalled();
  });
});
