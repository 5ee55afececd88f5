/** One thing to correct in what was sent: the field's path, such as halls[0].capacity, and the rule it broke. */
export interface FieldProblem {
  field: string;
  rule: string;
}

/** What an answer that is not a success says (RFC 9457). Codes of the page's own are offline, unreachable and timed-out. */
export interface ProblemDetails {
  status: number;
  code: string;
  detail?: string;
  errors?: FieldProblem[];
  trace_id?: string;
}

/** Every failed call to the API is thrown as one of these. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  readonly traceId: string | undefined;

  constructor(details: ProblemDetails) {
    super(details.detail ?? details.code);
    this.status = details.status;
    this.code = details.code;
    this.fields = details.errors ?? [];
    this.traceId = details.trace_id;
  }

  /** Whether the platform, or the way to it, failed: the same request may well succeed later, and nobody knows what became of it. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads the problem out of an answer that is not a success; something else on the way may have answered without one. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const traceId = answer.headers.get('Trace-Id') ?? undefined;
  const unknown = { status: answer.status, code: 'unknown', trace_id: traceId };
  if (!answer.headers.get('Content-Type')?.startsWith('application/problem+json')) {
    return new ProblemError(unknown);
  }
  try {
    const details: ProblemDetails = await answer.json();
    return new ProblemError({ ...unknown, ...details });
  } catch {
    return new ProblemError(unknown);
  }
}

/** Says why there was no answer at all. */
export function noAnswer(failure: unknown): ProblemError {
  if (failure instanceof DOMException && failure.name === 'TimeoutError') {
    return new ProblemError({ status: 0, code: 'timed-out' });
  }
  return new ProblemError({ status: 0, code: navigator.onLine ? 'unreachable' : 'offline' });
}

/** Whether a failure is the API's problem of that code. */
export function isProblem(failure: unknown, code: string): boolean {
  return failure instanceof ProblemError && failure.code === code;
}
