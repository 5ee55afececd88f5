import type { Schemas } from '../api/types';

/** A span as the gateway takes it. */
export type Span = Schemas['BrowserSpan'];

/** Sends a report, and resolves to the status of the answer. keepalive: it shall arrive even if the page goes. */
export type Send = (spans: Span[], keepalive: boolean) => Promise<number>;

const limit = 50; // spans of a report: what the gateway takes
const every = 2_000; // ms
const waiting = 200; // spans that may wait, so that a page without network does not grow

/**
 * Collects spans and sends them together. Losing some is no harm, so nothing is sent twice: what the gateway refuses for now is
 * dropped. It is left alone for good where it does not take spans.
 */
export class Batch {
  private spans: Span[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refused = false;

  constructor(private readonly send: Send) {}

  add(span: Span): void {
    if (this.refused || this.spans.length >= waiting) {
      return;
    }
    this.spans.push(span);
    if (this.spans.length >= limit) {
      this.flush();
    } else {
      this.timer ??= setTimeout(() => this.flush(), every);
    }
  }

  /** Sends what there is, now: called with leaving where the page may be gone in a moment. */
  flush(leaving = false): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const report = this.spans.splice(0, limit);
    if (report.length === 0) {
      return;
    }
    this.send(report, leaving).then(
      (status) => (this.refused ||= status === 404 || status === 403),
      () => undefined, // no network: these spans are lost
    );
    if (this.spans.length > 0) {
      this.timer = setTimeout(() => this.flush(leaving), 0);
    }
  }

  /** Forgets what waits: somebody has just said no. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.spans = [];
  }
}
