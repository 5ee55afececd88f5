// What the page does becomes the first spans of its traces, in about 150 lines: the OpenTelemetry SDK for browsers would be half of
// what a first visit may weigh. Spans go to the gateway, never to anybody else, and only with the visitor's consent.

import { Batch } from './batch';
import { chooseTracing, mayTrace } from './consent';
import { Tracer } from './tracer';

const batch = new Batch(async (spans, keepalive) => {
  const answer = await fetch('/api/v1/browser/spans', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ spans }),
    keepalive,
    signal: AbortSignal.timeout(5_000),
  });
  return answer.status;
});

/** The tracer of this page. */
export const tracer = new Tracer({
  now: () => performance.timeOrigin + performance.now(),
  random: (bytes) => crypto.getRandomValues(bytes),
  allowed: mayTrace,
  report: (span) => batch.add(span),
});

/** Lets spans out before the page goes. */
export function sendBeforeLeaving(): void {
  addEventListener('pagehide', () => {
    tracer.finish();
    batch.flush(true);
  });
}

/** Keeps the visitor's choice; after a no, nothing that waits is sent. */
export function setTracing(yes: boolean): void {
  chooseTracing(yes);
  if (!yes) {
    batch.clear();
  }
}
