import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { createMemoryRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { vi } from 'vitest';

import { newQueryClient } from '../api/queries';
import type { User } from '../api/types';
import { userQuery } from '../session/useUser';

export const ada: User = {
  id: 'ada',
  email: 'ada@example.org',
  first_name: 'Ada',
  last_name: 'Lovelace',
  roles: ['customer'],
  created_at: '2026-01-01T00:00:00Z',
};

/** Shows an element as a page of its own, to somebody who is signed in unless user says otherwise. */
export function show(element: ReactElement, { user = ada as User | null, state = undefined as unknown } = {}) {
  const sessionEnded = vi.fn();
  const client = newQueryClient(sessionEnded);
  client.setQueryData(userQuery.queryKey, user);
  const router = createMemoryRouter(
    [
      { path: '/sign-in', element: <p>Sign in</p> },
      { path: '*', element },
    ],
    { initialEntries: [{ pathname: '/', state }] },
  );
  const { unmount } = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { sessionEnded, client, router, unmount, person: userEvent.setup() };
}

/** What the page has sent. */
export interface Sent {
  method: string;
  path: string; // with the query
  headers: Headers;
  body: unknown;
}

/** Answers the page's calls of the API: each is handed to answer. Calls are listed in the order they came. */
export function stubApi(answer: (sent: Sent) => Response | Promise<Response>): Sent[] {
  const calls: Sent[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const sent = { method: request.method, path: pathname + search, headers: request.headers, body: text && JSON.parse(text) };
    calls.push(sent);
    return answer(sent);
  });
  return calls;
}

export function success(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

export function problem(status: number, code: string, errors?: { field: string; rule: string }[]): Response {
  return new Response(JSON.stringify({ type: `urn:myevents:problem:${code}`, title: '', status, code, errors }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}
