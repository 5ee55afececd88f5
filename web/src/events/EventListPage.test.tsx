import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { EventHit, EventHits } from '../api/types';
import { problem, show, stubApi, success, type Sent } from '../testing/show';
import { EventListPage } from './EventListPage';

const jazz: EventHit = {
  id: 'jazz',
  version: 1,
  organizer_id: 'olga',
  name: 'Jazz & Wine',
  starts_at: '2100-01-01T20:00:00Z',
  ends_at: '2100-01-01T22:00:00Z',
  location_id: 'club',
  location_name: 'Club',
  country: 'DE',
  hall: 'Cellar',
  capacity: 50,
  price: { amount: 1500, currency: 'EUR' },
  status: 'scheduled',
  highlights: { name: ['<mark>Jazz</mark> &amp; Wine'] },
  score: 1,
};

const found = (items: EventHit[], next_cursor?: string): EventHits => ({
  items,
  total: 2,
  facets: { country: [{ value: 'DE', count: 2 }], month: [{ value: '2100-01', count: 2 }] },
  next_cursor,
});

const queries = (calls: Sent[]) => calls.map(({ path }) => path).filter((path) => path.startsWith('/api/v1/search'));

describe('the list of events', () => {
  beforeEach(() => {
    vi.stubGlobal(
      'EventSource',
      class extends EventTarget {
        close = () => undefined;
      },
    );
  });

  it('shows what the search has found, its matches marked', async () => {
    stubApi(() => success(found([jazz])));
    show(<EventListPage />);
    const link = await screen.findByRole('link', { name: 'Jazz & Wine' });
    expect(link.querySelector('mark')?.textContent).toBe('Jazz');
    expect(screen.getByRole('listitem').textContent).toMatch(/€15\.00.*Club, Germany/);
    expect(screen.getByText('2 events found')).toBeDefined();
    expect(screen.getByRole('option', { name: 'Germany (2)' })).toBeDefined();
    expect(screen.getByRole('option', { name: 'January 2100 (2)' })).toBeDefined();
  });

  it('searches as somebody types, and keeps it in the address', async () => {
    const calls = stubApi(() => success(found([jazz])));
    const { person, router } = show(<EventListPage />);
    await person.type(screen.getByRole('searchbox', { name: 'Search events' }), 'jazz');
    await waitFor(() => expect(router.state.location.search).toBe('?q=jazz'));
    await person.selectOptions(await screen.findByRole('combobox', { name: 'Country' }), 'DE');
    await waitFor(() => expect(queries(calls)).toHaveLength(3));
    expect(queries(calls)).toEqual([
      '/api/v1/search?sort=starts_at',
      '/api/v1/search?q=jazz&sort=relevance',
      '/api/v1/search?q=jazz&country=DE&sort=relevance',
    ]);
  });

  it('shows more where there is more', async () => {
    const opera = { ...jazz, id: 'opera', name: 'Opera' };
    const calls = stubApi(({ path }) => success(path.includes('cursor=c1') ? found([opera]) : found([jazz], 'c1')));
    const { person } = show(<EventListPage />);
    await person.click(await screen.findByRole('button', { name: 'Show more' }));
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(2));
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
    expect(queries(calls)[1]).toMatch(/cursor=c1/);
  });

  it('shows an event that the index has cut, or marked nothing of, by its name', async () => {
    stubApi(() => success(found([{ ...jazz, highlights: { name: ['<mark>Jazz</mark> …'] } }])));
    show(<EventListPage />);
    expect((await screen.findByRole('link', { name: 'Jazz & Wine' })).querySelector('mark')).toBeNull();
  });

  it('says what to do where nothing fits', async () => {
    stubApi(() => success({ ...found([]), total: 0 }));
    show(<EventListPage />);
    expect(await screen.findByText('No event fits.')).toBeDefined();
  });

  it('says what failed, and tries again when asked to', async () => {
    let away = true;
    stubApi(() => (away ? problem(400, 'invalid-request') : success(found([jazz]))));
    const { person } = show(<EventListPage />);
    expect(await screen.findByRole('alert')).toBeDefined();
    away = false;
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'Jazz & Wine' })).toBeDefined();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
