import { setTimeout as pause } from 'node:timers/promises';

/** Waits until the question has an answer that is true, and returns it; 20 s are enough, or something is broken. */
export async function until<T>(what: string, ask: () => T | false | Promise<T | false>): Promise<T> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== false) {
      return answer;
    }
    await pause(20);
  }
  throw new Error(`waited in vain until ${what}`);
}
