import type { Schemas } from '../api/types';
import { toInstant, toLocal } from './localtime';
import type { Mistakes } from './mistakes';
import { digits, toMinorUnits, toText } from './price';
import { violations } from './schema';

type Event = Schemas['Event'];
type NewEvent = Schemas['NewEvent'];
type EventChange = Schemas['EventChange'];
type Location = Schemas['Location'];

/** An event as it stands in the form: all of it text, of which not everything has a meaning yet. */
export interface EventDraft {
  name: string;
  location_id: string;
  hall: string;
  starts_at: string;
  ends_at: string;
  capacity: string;
  'price.amount': string;
  'price.currency': string;
}

export const noEvent: EventDraft = {
  name: '', location_id: '', hall: '', starts_at: '', ends_at: '', capacity: '', 'price.amount': '', 'price.currency': 'EUR',
};

const maxDays = 30;
const day = 24 * 60 * 60 * 1000;

export function draftOfEvent(event: Event): EventDraft {
  return {
    name: event.name,
    location_id: event.location_id,
    hall: event.hall,
    starts_at: toLocal(event.starts_at),
    ends_at: toLocal(event.ends_at),
    capacity: String(event.capacity),
    'price.amount': toText(event.price.amount, event.price.currency),
    'price.currency': event.price.currency,
  };
}

/** The event that a draft without mistakes describes. */
export function newEvent(draft: EventDraft): NewEvent {
  return {
    name: draft.name.trim(),
    location_id: draft.location_id,
    hall: draft.hall,
    starts_at: toInstant(draft.starts_at) ?? '',
    ends_at: toInstant(draft.ends_at) ?? '',
    ...(draft.capacity.trim() === '' ? {} : { capacity: wholeNumber(draft.capacity) }),
    price: {
      amount: toMinorUnits(draft['price.amount'], draft['price.currency']) ?? Number.NaN,
      currency: draft['price.currency'].trim(),
    },
  };
}

/** What the draft changes, and nothing else: so two people who change different things at once both get their way. */
export function changeOfEvent(before: EventDraft, draft: EventDraft): EventChange {
  const { capacity, ...all } = newEvent(draft);
  const change: EventChange = {};
  for (const field of ['name', 'location_id', 'hall', 'starts_at', 'ends_at'] as const) {
    if (draft[field] !== before[field]) {
      change[field] = all[field];
    }
  }
  if (draft.capacity !== before.capacity && capacity !== undefined) {
    change.capacity = capacity;
  }
  if (draft['price.amount'] !== before['price.amount'] || draft['price.currency'] !== before['price.currency']) {
    change.price = all.price;
  }
  return change;
}

/**
 * What the services would refuse, said before they do. The rules about one field come from the API's document; those that
 * compare fields with each other, with the clock or with the location are in no schema and stand here. The services have the
 * last word all the same.
 */
export function mistakesInEvent(draft: EventDraft, location: Location | undefined, now: Date): Mistakes {
  const found = violations('NewEvent', newEvent(draft));
  for (const field of ['starts_at', 'ends_at'] as const) {
    if (draft[field] === '') {
      found[field] = 'is required';
    } else if (toInstant(draft[field]) === undefined) {
      found[field] = 'must be a time that exists; where the clocks go forward an hour is left out';
    }
  }
  if (draft['price.amount'].trim() === '') {
    found['price.amount'] = 'is required';
  } else if (toMinorUnits(draft['price.amount'], draft['price.currency']) === undefined) {
    const places = digits(draft['price.currency']);
    found['price.amount'] = `must be an amount such as ${(45).toFixed(places)}`;
  }
  const rules = { ...times(draft, now), ...(location === undefined ? {} : seats(draft, location)) };
  return { ...rules, ...found };
}

/** The same of a change. That a capacity is left out would say that it stays as it is, which is not what an empty field says. */
export function mistakesInChange(draft: EventDraft, location: Location | undefined, now: Date): Mistakes {
  const mistakes = mistakesInEvent(draft, location, now);
  return draft.capacity.trim() === '' ? { ...mistakes, capacity: 'is required' } : mistakes;
}

function times({ starts_at, ends_at }: EventDraft, now: Date): Record<string, string> {
  const [start, end] = [Date.parse(toInstant(starts_at) ?? ''), Date.parse(toInstant(ends_at) ?? '')];
  const found: Record<string, string> = {};
  if (start <= now.getTime()) {
    found.starts_at = 'must be in the future';
  }
  if (end <= start) {
    found.ends_at = 'must be after the start';
  } else if (end - start > maxDays * day) {
    found.ends_at = `must be at most ${maxDays} days after the start`;
  }
  return found;
}

function seats(draft: EventDraft, location: Location): Record<string, string> {
  const hall = location.halls.find(({ name }) => name === draft.hall);
  if (hall === undefined) {
    return { hall: 'must be a hall of the location' };
  }
  if (draft.capacity.trim() !== '' && wholeNumber(draft.capacity) > hall.capacity) {
    return { capacity: `must be between 1 and ${hall.capacity}, the capacity of the hall` };
  }
  return {};
}

/** Numbers are typed with digits only: Number would take "1e3" and "0x10" too. */
export function wholeNumber(text: string): number {
  return /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}
