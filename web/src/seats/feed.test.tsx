import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { SeatsFeed, type Seats, type Told } from './feed';

/** A stream whose other end is the test. */
class Stream extends EventTarget {
  readyState = EventSourceState.connecting;
  close = vi.fn(() => {
    this.readyState = EventSourceState.closed;
  });
  opens(): void {
    this.readyState = EventSourceState.open;
    this.dispatchEvent(new Event('open'));
  }
  breaks(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
  says(data: unknown): void {
    this.dispatchEvent(new MessageEvent('seats', { data: JSON.stringify(data) }));
  }
}

const EventSourceState = { connecting: 0, open: 1, closed: 2 };

describe('the feed of seats', () => {
  let streams: Stream[];
  let hidden: boolean;
  let feed: SeatsFeed | undefined;
  const told = vi.fn<Told>();
  const ask = vi.fn<() => Promise<ReadonlyMap<string, Seats>>>();

  const last = () => streams[streams.length - 1] as Stream;
  const look = (away: boolean) => {
    hidden = away;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const follow = () => {
    feed = new SeatsFeed(['jazz'], told, {
      open: () => {
        const stream = new Stream();
        streams.push(stream);
        return stream as unknown as EventSource;
      },
      ask,
    });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('EventSource', { CLOSED: EventSourceState.closed });
    streams = [];
    hidden = false;
    vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
    told.mockReset();
    ask.mockReset().mockResolvedValue(new Map([['jazz', { seats_left: 5, status: 'scheduled' }]]));
  });
  afterEach(() => {
    feed?.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('hears from the stream, and asks nothing', async () => {
    follow();
    last().opens();
    last().says({ event_id: 'jazz', seats_left: 7, status: 'scheduled' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told.mock.calls).toEqual([['jazz', { seats_left: 7, status: 'scheduled' }]]);
    expect(ask).not.toHaveBeenCalled();
  });

  it('asks at once and every five seconds while the stream is broken, until it is back', async () => {
    follow();
    last().breaks(EventSourceState.connecting);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(told).toHaveBeenLastCalledWith('jazz', { seats_left: 5, status: 'scheduled' });
    last().opens();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(streams, 'the browser itself reconnects').toHaveLength(1);
  });

  it('asks on for as long as the browser tries again in vain', async () => {
    follow();
    last().breaks(EventSourceState.connecting);
    await vi.advanceTimersByTimeAsync(3_000);
    last().breaks(EventSourceState.connecting);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ask, 'no more often for that').toHaveBeenCalledTimes(2);
  });

  it('opens a stream that was refused again, half a minute later', async () => {
    follow();
    last().breaks(EventSourceState.closed);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(streams).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(streams).toHaveLength(2);
  });

  it('goes on asking when asking fails', async () => {
    ask.mockRejectedValue(new Error('away'));
    follow();
    last().breaks(EventSourceState.closed);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(told).not.toHaveBeenCalled();
  });

  it('rests while nobody looks, and begins anew when somebody does', async () => {
    follow();
    last().breaks(EventSourceState.connecting);
    await vi.advanceTimersByTimeAsync(0);
    look(true);
    expect(last().close).toHaveBeenCalled();
    ask.mockClear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).not.toHaveBeenCalled();
    look(false);
    expect(streams).toHaveLength(2);
  });

  it('opens nothing for a page that is opened in the background', () => {
    hidden = true;
    follow();
    expect(streams).toHaveLength(0);
  });

  it('is silent after it was closed', async () => {
    follow();
    last().breaks(EventSourceState.connecting);
    feed?.close();
    await vi.advanceTimersByTimeAsync(60_000);
    look(false);
    expect(told).not.toHaveBeenCalled();
    expect(ask).toHaveBeenCalledOnce();
    expect(streams).toHaveLength(1);
  });
});
