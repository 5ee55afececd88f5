// The life of the session's cookie, which the page cannot read itself. All tabs share the cookie, so they share this note too.

const key = 'myevents.session';

interface Life {
  ends: number; // ms since 1970
  renew: number; // from when on less than a third is left
}

/** Notes that a new life has begun. */
export function keepLife(ends: number, now = Date.now()): void {
  const life: Life = { ends, renew: ends - (ends - now) / 3 };
  try {
    localStorage.setItem(key, JSON.stringify(life));
  } catch {
    // A browser that keeps nothing: the session is renewed more often than it has to be.
  }
}

export function forgetLife(): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

/** Whether the session should be renewed: when little of its life is left, or nobody has noted how much is. */
export function renewalDue(now = Date.now()): boolean {
  try {
    const life: Partial<Life> = JSON.parse(localStorage.getItem(key) ?? '{}');
    return life.renew === undefined || now >= life.renew;
  } catch {
    return true;
  }
}
