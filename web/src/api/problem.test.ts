import { afterEach, describe, expect, it, vi } from 'vitest';

import { isProblem, noAnswer, ProblemError, problemOf } from './problem';

function answer(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });
}

describe('a problem', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is read from the answer', async () => {
    const problem = await problemOf(
      answer('{"status":400,"code":"invalid-request","detail":"No.","errors":[{"field":"email","rule":"be one"}],"trace_id":"7f"}', 400),
    );
    expect(problem).toMatchObject({
      status: 400,
      code: 'invalid-request',
      message: 'No.',
      fields: [{ field: 'email', rule: 'be one' }],
      traceId: '7f',
    });
    expect(isProblem(problem, 'invalid-request')).toBe(true);
    expect(isProblem(problem, 'sold-out')).toBe(false);
  });

  it.each([
    ['what is no problem', new Response('<h1>Bad</h1>', { status: 502, headers: { 'Content-Type': 'text/html', 'Trace-Id': '7f' } })],
    ['a broken one', answer('{"status":', 502, { 'Trace-Id': '7f' })],
  ])('is unknown where somebody on the way answers %s', async (_, response) => {
    expect(await problemOf(response)).toMatchObject({ status: 502, code: 'unknown', traceId: '7f', passing: true });
  });

  it.each([
    [0, true],
    [400, false],
    [401, false],
    [409, false],
    [429, true],
    [500, true],
    [503, true],
  ])('with status %i may pass by itself: %s', (status, passing) => {
    expect(new ProblemError({ status, code: 'x' }).passing).toBe(passing);
  });

  it('tells why there was no answer', () => {
    vi.stubGlobal('navigator', { onLine: true });
    expect(noAnswer(new DOMException('', 'TimeoutError')).code).toBe('timed-out');
    expect(noAnswer(new TypeError('fetch failed')).code).toBe('unreachable');
    vi.stubGlobal('navigator', { onLine: false });
    expect(noAnswer(new TypeError('fetch failed')).code).toBe('offline');
  });
});
