import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';

import type { Event, Schemas } from '../api/types';
import { problem, show, stubApi, success } from '../testing/show';
import { noEvent } from './eventDraft';
import { EventForm } from './EventForm';

const brewery: Schemas['Location'] = {
  id: 'brewery', version: 1, name: 'Old Brewery', organizer_id: 'olga', address: 'Malzgasse 3', country: 'DE',
  halls: [{ name: 'Cellar', capacity: 80 }], created_at: '2026-01-01T00:00:00Z',
};

const filled = {
  ...noEvent, name: 'Jazz', location_id: 'brewery', hall: 'Cellar', 'price.amount': '0',
  starts_at: '2999-01-01T20:00', ends_at: '2999-01-01T23:00',
};

/** The form of a new event, filled in; what is sent is answered by answer. */
function open(answer: () => Response) {
  const sent = stubApi(({ method }) => (method === 'GET' ? success({ items: [brewery] }) : answer()));
  const saved = vi.fn<(event: Event) => void>();
  return { sent, saved, ...show(<EventForm initial={filled} submit="Create event" submitting="Creating …" saved={saved} />) };
}

test('what is filled in is sent, a capacity that is left empty is not', async () => {
  const { person, sent, saved } = open(() => success({ id: 'jazz' }, 201));
  await person.click(await screen.findByText('Create event'));
  await vi.waitFor(() => expect(saved).toHaveBeenCalledOnce());
  expect(sent.at(-1)).toMatchObject({ method: 'POST', path: '/api/v1/events' });
  expect(sent.at(-1)?.body).toEqual({
    name: 'Jazz', location_id: 'brewery', hall: 'Cellar', price: { amount: 0, currency: 'EUR' },
    starts_at: expect.stringMatching(/^2999-01-01T.*Z$/), ends_at: expect.stringMatching(/^2999-01-0.*Z$/),
  });
});

test('where nobody knows whether the event was made, that is said', async () => {
  const { person } = open(() => problem(503, 'unavailable'));
  await person.click(await screen.findByText('Create event'));
  expect(await screen.findByText(/look at My events before you send it again/)).toBeTruthy();
});

test('what the services refuse is said at the field', async () => {
  const { person } = open(() => problem(400, 'invalid-request', [{ field: 'location_id', rule: 'must be the id of a location' }]));
  await person.click(await screen.findByText('Create event'));
  await screen.findByText('Must be the id of a location.');
  expect(screen.getByLabelText('Location').getAttribute('aria-invalid')).toBe('true');
});
