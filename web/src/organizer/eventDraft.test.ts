import { expect, test } from 'vitest';

import type { Schemas } from '../api/types';
import { changeOfEvent, draftOfEvent, mistakesInChange, mistakesInEvent, newEvent, noEvent, type EventDraft } from './eventDraft';

const now = new Date('2026-11-22T12:00:00Z');

const brewery: Schemas['Location'] = {
  id: 'brewery', version: 1, name: 'Old Brewery', organizer_id: 'olga', address: 'Malzgasse 3', country: 'DE',
  halls: [{ name: 'Cellar', capacity: 80 }], created_at: '2026-01-01T00:00:00Z',
};

const event: Schemas['Event'] = {
  id: 'jazz', version: 3, name: 'Jazz Night', organizer_id: 'olga', starts_at: '2026-11-29T19:30:41Z', ends_at: '2026-11-29T22:00:00Z',
  location_id: 'brewery', location_name: 'Old Brewery', country: 'DE', hall: 'Cellar', capacity: 80,
  price: { amount: 1500, currency: 'EUR' }, status: 'scheduled', seats_left: 80, created_at: '2026-01-01T00:00:00Z',
};

function draft(difference: Partial<EventDraft> = {}): EventDraft {
  return { ...draftOfEvent(event), ...difference };
}

test('an event that can be held has no mistakes', () => {
  expect(mistakesInEvent(draft(), brewery, now)).toEqual({});
});

test('of an empty form every field is named that must be filled in', () => {
  expect(mistakesInEvent(noEvent, undefined, now)).toEqual({
    name: 'is required', location_id: 'is required', hall: 'is required', starts_at: 'is required', ends_at: 'is required',
    'price.amount': 'is required',
  });
});

test.each<[string, Partial<EventDraft>, Record<string, string>]>([
  ['a blank name', { name: '  ' }, { name: 'is required' }],
  ['a name that is too long', { name: 'x'.repeat(201) }, { name: 'must have at most 200 characters' }],
  ['a start that has passed', { starts_at: '2026-11-22T11:59' }, { starts_at: 'must be in the future' }],
  ['an end before the start', { ends_at: '2026-11-29T19:00' }, { ends_at: 'must be after the start' }],
  ['a length of more than 30 days', { ends_at: '2026-12-30T00:00' }, { ends_at: 'must be at most 30 days after the start' }],
  ['no time at all', { ends_at: 'soon' }, { ends_at: 'must be a time that exists; where the clocks go forward an hour is left out' }],
  ['no seats', { capacity: '0' }, { capacity: 'must be at least 1' }],
  ['half a seat', { capacity: '1.5' }, { capacity: 'must be a number' }],
  ['more seats than the hall has', { capacity: '81' }, { capacity: 'must be between 1 and 80, the capacity of the hall' }],
  ['a hall of another place', { hall: 'Great Hall' }, { hall: 'must be a hall of the location' }],
  ['a price that is none', { 'price.amount': 'free' }, { 'price.amount': 'must be an amount such as 45.00' }],
  ['a currency in small letters', { 'price.currency': 'eur' }, { 'price.currency': 'must have the form of EUR' }],
])('%s is refused', (_, difference, mistakes) => {
  expect(mistakesInEvent(draft(difference), brewery, now)).toEqual(mistakes);
});

test('without a capacity it is left to the hall', () => {
  expect(mistakesInEvent(draft({ capacity: '' }), brewery, now)).toEqual({});
  expect(newEvent(draft({ capacity: ' ' }))).not.toHaveProperty('capacity');
});

test('in a change a capacity cannot be left to the hall', () => {
  expect(mistakesInChange(draft({ capacity: '' }), brewery, now)).toEqual({ capacity: 'is required' });
  expect(mistakesInChange(draft(), brewery, now)).toEqual({});
});

test('only what was changed is sent', () => {
  expect(changeOfEvent(draft(), draft())).toEqual({});
  expect(changeOfEvent(draft(), draft({ name: ' Blues Night ' }))).toEqual({ name: 'Blues Night' });
  expect(changeOfEvent(draft(), draft({ 'price.amount': '20' }))).toEqual({ price: { amount: 2000, currency: 'EUR' } });
  expect(changeOfEvent(draft(), draft({ ends_at: '2026-11-29T23:00', capacity: '60' }))).toEqual({
    ends_at: expect.stringMatching(/:00Z$/), capacity: 60,
  });
});
