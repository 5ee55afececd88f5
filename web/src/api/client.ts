import createClient, { type Middleware } from 'openapi-fetch';

import { tracer } from '../tracing/page';
import { noAnswer, problemOf } from './problem';
import type { paths } from './schema';

/** How long the page waits for an answer. The gateway gives up a little earlier, and says so in a problem. */
const deadline = 15_000;

/**
 * Sends the request with a deadline, and as a part of what the page does in its trace. Whatever is not a success is thrown as a
 * ProblemError; only what the caller itself has aborted is thrown as it is.
 */
async function send(request: Request, template: string): Promise<Response> {
  const call = tracer.call(request.method, template);
  call.mark(request.headers);
  let answer: Response;
  try {
    answer = await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(deadline)]) });
  } catch (failure) {
    const problem = noAnswer(failure);
    call.failed(request.signal.aborted ? 'aborted' : problem.code);
    throw request.signal.aborted ? failure : problem;
  }
  call.answered(answer.status);
  if (!answer.ok) {
    throw await problemOf(answer);
  }
  return answer;
}

const sending: Middleware = { onRequest: ({ request, schemaPath }) => send(request, schemaPath) };

/** The API by its OpenAPI document. The session's cookie signs in. Only tests of plain logic have no location. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin });
api.use(sending);

/** What a call answers, without the envelope around it: failures have been thrown. */
export async function answered<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T; // absent only where the API answers nothing, and then T says so
}
