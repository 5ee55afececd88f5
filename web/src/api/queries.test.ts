import { describe, expect, it, vi } from 'vitest';

import { ProblemError } from './problem';
import { newQueryClient } from './queries';

/** Runs a query whose attempts fail one by one, and then succeeds. */
async function run(...failures: [number, string][]) {
  const sessionEnded = vi.fn();
  const client = newQueryClient(sessionEnded);
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retryDelay: 0 } });
  const queryFn = vi.fn(async () => {
    const [status, code] = failures.shift() ?? [];
    if (status !== undefined) {
      throw new ProblemError({ status, code: code ?? '' });
    }
    return 'there';
  });
  const outcome = await client.query({ queryKey: ['x'], queryFn }).catch((failure: ProblemError) => failure.code);
  return { outcome, attempts: queryFn.mock.calls.length, sessionEnded };
}

describe('a query that fails', () => {
  it('is sent again where that may help, and not for ever', async () => {
    expect(await run([503, 'unavailable'], [0, 'unreachable'])).toMatchObject({ outcome: 'there', attempts: 3 });
    expect(await run([503, 'a'], [503, 'b'], [503, 'c'])).toMatchObject({ outcome: 'c', attempts: 3 });
    expect(await run([404, 'not-found'])).toMatchObject({ outcome: 'not-found', attempts: 1 });
  });

  it('is sent once more without the cookie that the gateway has refused, before anybody is asked to sign in', async () => {
    const { outcome, attempts, sessionEnded } = await run([401, 'session-revoked']);
    expect({ outcome, attempts }).toEqual({ outcome: 'there', attempts: 2 });
    expect(sessionEnded).not.toHaveBeenCalled();
  });

  it('asks to sign in where it is for members', async () => {
    const { attempts, sessionEnded } = await run([401, 'token-expired'], [401, 'unauthenticated']);
    expect(attempts).toBe(2);
    expect(sessionEnded).toHaveBeenCalledOnce();
  });
});
