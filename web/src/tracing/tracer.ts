import type { Span } from './batch';
import { newSpanId, newTraceId, traceparent, type Random } from './ids';

/** A call of the API that is under way, as a span. */
export interface Call {
  /** Puts the traceparent into the request's headers. */
  mark(headers: Headers): void;
  answered(status: number): void;
  failed(reason: string): void;
}

/** What the tracer needs of its surroundings. */
export interface Surroundings {
  now: () => number; // ms since 1970, with fractions
  random: Random;
  allowed: () => boolean;
  report: (span: Span) => void;
}

/** How long after its last call ended an action is over. What is called later was not caused by it. */
const quiet = 1_500; // ms; longer than the pause before something is tried again

const silent = { answered: () => undefined, failed: () => undefined };
const untraced: Call = { ...silent, mark: () => undefined };

/** Something a person did, and the calls of the API that follow from it: one trace, with the action as its root. */
interface Action {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly name: string;
  readonly began: number;
  ended: number | undefined; // when its last call ended; undefined before the first has
  open: number; // calls under way
  over: boolean; // takes no more calls
}

/**
 * Makes the page the first part of traces. A browser cannot tell which call belongs to which click, so the latest action is
 * taken to be the cause of the calls that follow it closely. Calls without one keep a page fresh: nobody is to record those, for a
 * page that is left open would fill the store of traces. Before the platform has said what share of traces it wants, the page
 * leaves it all to the gateway.
 */
export class Tracer {
  private ratio: number | undefined;
  private current: Action | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly around: Surroundings) {}

  /** Begins to trace a share of what is done in the page. */
  start(ratio: number): void {
    this.ratio = ratio;
  }

  /** Says that somebody does something now, such as "click Book". Names are few: no ids, and nothing that was typed. */
  action(name: string): void {
    this.finish();
    if (this.ratio === undefined || !this.around.allowed()) {
      return;
    }
    this.current = {
      traceId: newTraceId(this.around.random),
      spanId: newSpanId(this.around.random),
      sampled: this.share() < this.ratio,
      name,
      began: this.around.now(),
      ended: undefined,
      open: 0,
      over: false,
    };
    this.finishWhenQuiet();
  }

  /** Begins a call of the API; template is its path with the names of its parameters. */
  call(method: string, template: string): Call {
    const action = this.current;
    if (this.ratio === undefined || !this.around.allowed()) {
      return untraced;
    }
    if (action === undefined) {
      return this.background();
    }
    clearTimeout(this.timer);
    action.open++;
    const spanId = newSpanId(this.around.random);
    const began = this.around.now();
    const end = (outcome: { tags: Record<string, string>; error?: string }) => {
      action.open--;
      action.ended = this.around.now();
      this.report(action, {
        trace_id: action.traceId,
        span_id: spanId,
        parent_span_id: action.spanId,
        name: `${method} ${template}`,
        kind: 'client',
        ...period(began, action.ended),
        ...outcome,
        tags: { 'http.request.method': method, 'url.template': template, ...outcome.tags },
      });
      this.settle(action);
    };
    return {
      mark: (headers) => headers.set('traceparent', traceparent(action.traceId, spanId, action.sampled)),
      // That somebody is not signed in, or an event is sold out, is an answer and no failure, as it is none in the gateway's spans.
      answered: (status) =>
        end({
          tags: { 'http.response.status_code': String(status), ...(status >= 500 && { 'error.type': String(status) }) },
          ...(status >= 500 && { error: String(status) }),
        }),
      failed: (reason) => end({ tags: { 'error.type': reason }, error: reason }),
    };
  }

  /** A call that nobody caused. */
  private background(): Call {
    const { random } = this.around;
    return { ...silent, mark: (headers) => headers.set('traceparent', traceparent(newTraceId(random), newSpanId(random), false)) };
  }

  /** Ends the current action: no call belongs to it any more. Those under way still do. */
  finish(): void {
    clearTimeout(this.timer);
    const action = this.current;
    this.current = undefined;
    if (action !== undefined) {
      action.over = true;
      this.settle(action);
    }
  }

  /** After a call: reports the action that is over, or waits whether another call follows. */
  private settle(action: Action): void {
    if (action.open > 0) {
      return;
    }
    if (!action.over) {
      this.finishWhenQuiet();
    } else if (action.ended !== undefined) {
      const { traceId, spanId, name, began, ended } = action;
      this.report(action, { trace_id: traceId, span_id: spanId, name, kind: 'internal', ...period(began, ended) });
    }
  }

  private finishWhenQuiet(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.finish(), quiet);
  }

  private report(action: Action, span: Span): void {
    if (action.sampled && this.around.allowed()) {
      this.around.report(span);
    }
  }

  /** A random number from 0 to below 1. */
  private share(): number {
    const [high = 0, low = 0] = this.around.random(new Uint8Array(2));
    return (high * 256 + low) / 65_536;
  }
}

function period(began: number, ended: number): { started_at_us: number; duration_us: number } {
  return { started_at_us: Math.round(began * 1_000), duration_us: Math.max(0, Math.round((ended - began) * 1_000)) };
}
