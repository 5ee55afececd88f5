import type { Schemas } from '../api/types';
import { wholeNumber } from './eventDraft';
import type { Mistakes } from './mistakes';
import { violations } from './schema';

type Location = Schemas['Location'];
type NewLocation = Schemas['NewLocation'];
type LocationChange = Schemas['LocationChange'];

/** A hall as it stands in the form. */
export interface HallDraft {
  /** Tells the halls of a form apart while they are renamed, added and removed. */
  key: number;
  name: string;
  capacity: string;
}

/** A location as it stands in the form. */
export interface LocationDraft {
  name: string;
  address: string;
  country: string;
  'opening_hours.opens': string;
  'opening_hours.closes': string;
  halls: HallDraft[];
}

export const noLocation: LocationDraft = {
  name: '', address: '', country: '', 'opening_hours.opens': '', 'opening_hours.closes': '', halls: [{ key: 0, name: '', capacity: '' }],
};

export function draftOfLocation(location: Location): LocationDraft {
  return {
    name: location.name,
    address: location.address,
    country: location.country,
    'opening_hours.opens': location.opening_hours?.opens ?? '',
    'opening_hours.closes': location.opening_hours?.closes ?? '',
    halls: location.halls.map(({ name, capacity }, key) => ({ key, name, capacity: String(capacity) })),
  };
}

/** The draft with one more hall, of which nothing is known yet. */
export function withHall(draft: LocationDraft): LocationDraft {
  const key = 1 + Math.max(-1, ...draft.halls.map((hall) => hall.key));
  return { ...draft, halls: [...draft.halls, { key, name: '', capacity: '' }] };
}

/** The location that a draft without mistakes describes. */
export function newLocation(draft: LocationDraft): NewLocation {
  const [opens, closes] = [draft['opening_hours.opens'], draft['opening_hours.closes']];
  return {
    name: draft.name.trim(),
    address: draft.address.trim(),
    country: draft.country.trim().toUpperCase(),
    halls: draft.halls.map(({ name, capacity }) => ({ name: name.trim(), capacity: wholeNumber(capacity) })),
    ...(opens === '' && closes === '' ? {} : { opening_hours: { opens, closes } }),
  };
}

/** What the draft changes, and nothing else; halls and opening hours are each told as a whole. */
export function changeOfLocation(before: LocationDraft, draft: LocationDraft): LocationChange {
  const [was, is] = [newLocation(before), newLocation(draft)];
  return {
    ...(is.name === was.name ? {} : { name: is.name }),
    ...(is.address === was.address ? {} : { address: is.address }),
    ...(is.country === was.country ? {} : { country: is.country }),
    ...(JSON.stringify(is.halls) === JSON.stringify(was.halls) ? {} : { halls: is.halls }),
    ...(is.opening_hours === undefined || JSON.stringify(is.opening_hours) === JSON.stringify(was.opening_hours)
      ? {}
      : { opening_hours: is.opening_hours }),
  };
}

/**
 * What the services would refuse, said before they do. Which country codes are assigned only they know, and have the last word.
 * That opening hours once told cannot be taken back is a rule of the API: a change says what is new, and has no word for "none".
 */
export function mistakesInLocation(draft: LocationDraft, before?: LocationDraft): Mistakes {
  const found = violations('NewLocation', newLocation(draft));
  draft.halls.forEach(({ name, capacity }, i) => {
    if (capacity.trim() === '') {
      found[`halls[${i}].capacity`] = 'is required';
    }
    const same = draft.halls.findIndex((other) => other.name.trim() === name.trim());
    if (name.trim() !== '' && same < i) {
      found[`halls[${i}].name`] = 'must be unique in the location';
    }
  });
  if (before !== undefined && before['opening_hours.opens'] !== '' && newLocation(draft).opening_hours === undefined) {
    found['opening_hours.opens'] = 'can be changed, but not be taken back';
  }
  return found;
}
