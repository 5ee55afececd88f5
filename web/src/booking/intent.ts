/**
 * A booking that somebody wants, from the click until its answer is known. Its idempotency key makes it one booking however often
 * it is sent; it is kept in the tab's storage, so a reload, or signing in again, sends the same one.
 */
export interface Intent {
  key: string;
  seats: number;
  userId: string;
  began: number; // ms since 1970
  /** Somebody was told that there is no answer, and may have given up: it is sent again only when they ask for it. */
  unanswered?: true;
}

/** After this nobody waits for the answer any more; "My bookings" tells what became of it. */
const patience = 10 * 60_000; // ms

/** Begins an intent, with a key of its own. */
export function newIntent(eventId: string, seats: number, userId: string): Intent {
  return keep(eventId, { key: newKey(), seats, userId, began: Date.now() });
}

/** The intent for an event whose answer is not known yet. An old one is forgotten, and one of who used the tab before. */
export function openIntent(eventId: string, userId: string): Intent | undefined {
  const kept = sessionStorage.getItem(place(eventId));
  if (kept === null) {
    return undefined;
  }
  const intent: Intent = JSON.parse(kept);
  if (intent.userId !== userId || Date.now() - intent.began > patience) {
    forgetIntent(eventId);
    return undefined;
  }
  return intent;
}

/** Notes that somebody was told that there is no answer. */
export function leaveUnanswered(eventId: string, userId: string): void {
  const intent = openIntent(eventId, userId);
  if (intent !== undefined) {
    keep(eventId, { ...intent, unanswered: true });
  }
}

/** Ends the intent: its answer is known. */
export function forgetIntent(eventId: string): void {
  sessionStorage.removeItem(place(eventId));
}

function keep(eventId: string, intent: Intent): Intent {
  sessionStorage.setItem(place(eventId), JSON.stringify(intent));
  return intent;
}

function place(eventId: string): string {
  return `myevents.booking.${eventId}`;
}

/** A key that nobody else has. crypto.randomUUID would do, but is not there where the page came over plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, '0')).join('');
}
