import { expect, test } from 'vitest';

import type { Schemas } from '../api/types';
import {
  changeOfLocation, draftOfLocation, mistakesInLocation, newLocation, noLocation, withHall, type LocationDraft,
} from './locationDraft';

const brewery: Schemas['Location'] = {
  id: 'brewery', version: 1, name: 'Old Brewery', organizer_id: 'olga', address: 'Malzgasse 3', country: 'DE',
  opening_hours: { opens: '09:00', closes: '23:00' },
  halls: [{ name: 'Great Hall', capacity: 500 }, { name: 'Cellar', capacity: 80 }], created_at: '2026-01-01T00:00:00Z',
};

function draft(difference: Partial<LocationDraft> = {}): LocationDraft {
  return { ...draftOfLocation(brewery), ...difference };
}

test('a location is the same after it was in the form', () => {
  const { name, address, country, opening_hours, halls } = brewery;
  expect(newLocation(draft())).toEqual({ name, address, country, opening_hours, halls });
  expect(mistakesInLocation(draft(), draft())).toEqual({});
  expect(changeOfLocation(draft(), draft())).toEqual({});
});

test('of an empty form every field is named that must be filled in', () => {
  expect(mistakesInLocation(noLocation)).toEqual({
    name: 'is required', address: 'is required', country: 'is required', 'halls[0].name': 'is required', 'halls[0].capacity': 'is required',
  });
});

test.each<[string, Partial<LocationDraft>, Record<string, string>]>([
  ['a country that is no code', { country: 'Germany' }, { country: 'must have the form of DE' }],
  ['an address that is too long', { address: 'x'.repeat(501) }, { address: 'must have at most 500 characters' }],
  ['an hour of closing alone', { 'opening_hours.opens': '' }, { 'opening_hours.opens': 'is required' }],
  ['opening hours that are taken back', { 'opening_hours.opens': '', 'opening_hours.closes': '' },
    { 'opening_hours.opens': 'can be changed, but not be taken back' }],
  ['a hall without seats', { halls: [{ key: 0, name: 'Cellar', capacity: '0' }] }, { 'halls[0].capacity': 'must be at least 1' }],
  ['two halls of one name', { halls: [{ key: 0, name: 'Cellar', capacity: '80' }, { key: 1, name: ' Cellar ', capacity: '90' }] },
    { 'halls[1].name': 'must be unique in the location' }],
  ['no hall', { halls: [] }, { halls: 'must have at least 1 items' }],
])('%s is refused', (_, difference, mistakes) => {
  expect(mistakesInLocation(draft(difference), draft())).toEqual(mistakes);
});

test('a country may be typed in small letters', () => {
  expect(newLocation(draft({ country: ' at ' })).country).toBe('AT');
});

test('only what was changed is sent, halls all together', () => {
  expect(changeOfLocation(draft(), draft({ address: 'Malzgasse 5' }))).toEqual({ address: 'Malzgasse 5' });
  const more = withHall(draft());
  expect(more.halls.map(({ key }) => key)).toEqual([0, 1, 2]);
  const named = { ...more, halls: more.halls.map((hall) => (hall.key === 2 ? { ...hall, name: 'Yard', capacity: '40' } : hall)) };
  expect(changeOfLocation(draft(), named)).toEqual({ halls: [...brewery.halls, { name: 'Yard', capacity: 40 }] });
});
