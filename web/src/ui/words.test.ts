import { describe, expect, it } from 'vitest';

import { ProblemError } from '../api/problem';
import { sentence, wordsOf } from './words';

describe('the words for a failure', () => {
  it('say what happened and what to do next', () => {
    const { what, next } = wordsOf(new ProblemError({ status: 409, code: 'sold-out', detail: 'There are no seats left.' }));
    expect(what).toBe('The event is sold out.');
    expect(next).toMatch(/choose another event/);
  });

  it('are the API’s own for a code the page has never heard of', () => {
    expect(wordsOf(new ProblemError({ status: 409, code: 'new-code', detail: 'The hall is on fire.' }))).toEqual({
      what: 'The hall is on fire.',
    });
  });

  it('say so of whatever is missing', () => {
    expect(wordsOf(new ProblemError({ status: 404, code: 'event-not-found', detail: 'x' })).what).toBe('There is no such thing here.');
  });

  it('ask to try again where somebody on the way answered without words', () => {
    expect(wordsOf(new ProblemError({ status: 502, code: 'unknown' })).next).toMatch(/try again/i);
  });

  it('never show what the page itself has thrown', () => {
    expect(wordsOf(new TypeError('x is undefined')).what).toBe('Something went wrong in this page.');
  });
});

describe('a rule', () => {
  it.each([
    ['must be in the future', 'Must be in the future.'],
    ['must be an RFC 5322 email', 'Must be an e-mail address, such as ada@example.org.'],
    ['Too long.', 'Too long.'],
  ])('%s reads %s', (rule, read) => {
    expect(sentence(rule)).toBe(read);
  });
});
