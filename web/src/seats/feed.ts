/** What is known of an event's seats at this moment. */
export interface Seats {
  seats_left: number;
  status: string;
}

/** Hears of an event's seats. */
export type Told = (eventId: string, seats: Seats) => void;

/** What the feed needs of its surroundings. */
export interface Surroundings {
  open: (ids: readonly string[]) => EventSource;
  /** Asks once, where there is no stream. */
  ask: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Seats>>;
}

const pollEvery = 5_000; // ms
const reopenAfter = 30_000; // ms: the gateway has refused, so it is not asked again soon

/**
 * Follows the seats of some events until it is closed: by a stream from the gateway, and by asking every few seconds for as long as
 * there is none. A page that nobody looks at follows nothing.
 */
export class SeatsFeed {
  private stream: EventSource | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private reopen: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;
  private readonly looked = () => (document.hidden ? this.pause() : this.follow());

  constructor(
    private readonly ids: readonly string[],
    private readonly told: Told,
    private readonly around: Surroundings,
  ) {
    document.addEventListener('visibilitychange', this.looked);
    this.looked();
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.looked);
    this.pause();
  }

  private pause(): void {
    this.stream?.close();
    this.stream = undefined;
    clearTimeout(this.reopen);
    this.stopPolling();
  }

  private follow(): void {
    if (this.stream !== undefined) {
      return;
    }
    const stream = this.around.open(this.ids);
    this.stream = stream;
    stream.addEventListener('open', () => this.stopPolling());
    stream.addEventListener('seats', ({ data }) => this.hear(String(data)));
    stream.addEventListener('error', () => {
      this.startPolling();
      if (stream.readyState === EventSource.CLOSED) {
        // Otherwise the browser itself tries again.
        this.stream = undefined;
        clearTimeout(this.reopen);
        this.reopen = setTimeout(() => this.follow(), reopenAfter);
      }
    });
  }

  private hear(data: string): void {
    const { event_id, seats_left, status }: Seats & { event_id: string } = JSON.parse(data);
    this.told(event_id, { seats_left, status });
  }

  private startPolling(): void {
    if (this.poll === undefined) {
      this.poll = setInterval(() => void this.askOnce(), pollEvery);
      void this.askOnce();
    }
  }

  private stopPolling(): void {
    clearInterval(this.poll);
    this.poll = undefined;
    this.asking?.abort();
  }

  private async askOnce(): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      const known = await this.around.ask(this.ids, asking.signal);
      if (!asking.signal.aborted) {
        known.forEach((seats, id) => this.told(id, seats));
      }
    } catch {
      // The next one may succeed; until then the page shows what it knew.
    }
  }
}
