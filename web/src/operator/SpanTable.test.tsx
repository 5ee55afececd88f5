import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { expect, test } from 'vitest';

import { SpanTable } from './SpanTable';
import { waterfall, type Span } from './waterfall';

function span(id: string, more: Partial<Span> = {}): Span {
  return {
    id, service: 'booking', name: `do ${id}`, started_at: '2026-11-22T12:00:00Z', duration_us: 1500, failed: false, tags: {}, ...more,
  };
}

function show(...spans: Span[]) {
  render(<SpanTable waterfall={waterfall(spans)} />, { wrapper: MemoryRouter });
  return userEvent.setup();
}

test('a row says in words what its bar shows', () => {
  show(span('root'), span('child', { parent_id: 'root', kind: 'CONSUMER', service: 'search' }));
  const rows = within(screen.getByRole('table', { name: 'Spans' })).getAllByRole('row');
  expect(rows[2]?.textContent).toContain('Level 2: do child search consumer');
  expect(rows[2]?.textContent).toContain('1.5 ms');
});

test('details are opened and closed', async () => {
  const user = show(
    span('root', {
      tags: { 'cloudevents.event_subject': 'b/1', 'http.route': '/x' },
      events: [{ at: '2026-11-22T12:00:00.0005Z', name: 'retry' }],
    }),
  );
  const name = screen.getByRole('button', { name: 'do root' });
  expect(screen.queryByText('http.route')).toBeNull();
  await user.click(name);
  expect(name.getAttribute('aria-expanded')).toBe('true');
  expect(screen.getByText('http.route')).toBeTruthy();
  expect(screen.getByText('retry').textContent).toBe('500 µs retry');
  expect(screen.getByRole('link', { name: 'b/1' }).getAttribute('href')).toBe('/operator/journeys?id=b%2F1');
  await user.click(name);
  expect(screen.queryByText('http.route')).toBeNull();
});

test('where the trouble began is open at once', () => {
  const failed = { failed: true, tags: { error: 'timeout' } };
  show(span('root', failed), span('call', { ...failed, parent_id: 'root' }), span('fine', { parent_id: 'root' }));
  const open = screen.getAllByRole('button').filter((button) => button.getAttribute('aria-expanded') === 'true');
  expect(open.map((button) => button.textContent)).toEqual(['do call']);
});

test('of a very long trace the rest is shown when asked for', async () => {
  const user = show(...Array.from({ length: 120 }, (_, i) => span(`s${i}`)));
  const rows = screen.getByRole<HTMLTableElement>('table').rows; // a live list; to look for roles in it takes seconds
  expect(rows).toHaveLength(101);
  await user.click(screen.getByText('Show all 120 spans'));
  expect(rows).toHaveLength(121);
});
