import type { Location } from 'react-router';

/** What the sign-in page is told by whoever sends somebody there. */
export interface SignInState {
  /** Where to go back to: a path of this page. */
  from: string;
  /** Whether a session has ended, and the visitor did not ask to sign in. */
  ended?: boolean;
}

/** Asks the sign-in page to come back to a place. */
export function backTo({ pathname, search }: Pick<Location, 'pathname' | 'search'>, ended = false): SignInState {
  return { from: pathname + search, ended };
}

/** Reads the state of a location; whatever else is there leads to the first page. */
export function whereFrom(state: unknown): SignInState {
  if (typeof state === 'object' && state !== null && 'from' in state && typeof state.from === 'string') {
    return { from: state.from, ended: 'ended' in state && state.ended === true };
  }
  return { from: '/' };
}
