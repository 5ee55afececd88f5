import { ProblemError } from '../api/problem';

/** What went wrong and what to do next, for people. */
export interface Words {
  what: string;
  next?: string;
}

const words: Record<string, Words> = {
  offline: { what: 'You are offline.', next: 'Connect to the network, then try again.' },
  unreachable: { what: 'The platform could not be reached.', next: 'Check your connection and try again in a moment.' },
  'timed-out': { what: 'The platform did not answer in time.', next: 'Try again in a moment.' },
  unanswered: { what: 'Your last booking of this event was not answered.', next: 'Try again to learn what became of it.' },
  unavailable: { what: 'A part of the platform is away at the moment.', next: 'Try again in a moment.' },
  internal: { what: 'Something went wrong on our side.', next: 'Try again in a moment; if it stays, tell us the trace id.' },
  'too-many-requests': { what: 'That was a little too often.', next: 'Wait a few seconds and try again.' },
  'not-found': { what: 'There is no such thing here.', next: 'It may have been removed, or the link is wrong.' },
  forbidden: { what: 'You may not do this.', next: 'Ask an operator to give you the role that may.' },
  'cross-origin': { what: 'This was asked by another site and was refused.', next: 'Reload the page and try again.' },
  'invalid-credentials': { what: 'The e-mail address or the password is wrong.', next: 'Check both and try again.' },
  'email-taken': { what: 'There is a user with this e-mail address already.', next: 'Sign in, or use another address.' },
  'invalid-request': { what: 'Something in the form is not right yet.', next: 'Correct what is marked and send it again.' },
  'changed-meanwhile': { what: 'Somebody else changed the same thing meanwhile.', next: 'Reload the page and try again.' },
  'sold-out': { what: 'The event is sold out.', next: 'Seats come back when somebody cancels: look again later, or choose another event.' },
  'not-enough-seats': { what: 'There are fewer seats left than you asked for.', next: 'Choose fewer seats and book again.' },
  'event-cancelled': { what: 'The event is cancelled.', next: 'Nothing was booked. Choose another event.' },
  'event-past': { what: 'The event has begun already.', next: 'It can no longer be booked or cancelled.' },
  'idempotency-key-reused': { what: 'This booking was sent before with other seats.', next: 'Look at your bookings before you go on.' },
  'booking-rejected': { what: 'This booking was rejected.', next: 'There is nothing to cancel.' },
};

/** Puts a failure into plain words; problems without words of the page's own speak for themselves. */
export function wordsOf(failure: unknown): Words {
  if (!(failure instanceof ProblemError)) {
    return { what: 'Something went wrong in this page.', next: 'Reload it and try again.' };
  }
  const known = words[failure.code] ?? (failure.status === 404 ? words['not-found'] : undefined);
  if (known !== undefined) {
    return known;
  }
  if (failure.message !== failure.code) {
    return { what: failure.message };
  }
  return failure.passing ? { what: 'The platform could not answer.', next: 'Try again in a moment.' } : { what: 'That did not work.' };
}

/** Rules that a machine wrote, in words for people. */
const rules: Record<string, string> = {
  'must be an RFC 5322 email': 'Must be an e-mail address, such as ada@example.org.',
  'must have at least 1 characters': 'Must not be empty.',
  'is required': 'Must not be empty.',
};

/** The rule a field broke as a sentence: "must be in the future" becomes "Must be in the future." */
export function sentence(rule: string): string {
  const text = rules[rule] ?? rule.charAt(0).toUpperCase() + rule.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
