import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { Role } from '../api/types';
import { userQuery } from '../session/useUser';
import { ada, problem, show, stubApi } from '../testing/show';
import { Header } from './Header';

const links = () => screen.getAllByRole('link').map(({ textContent }) => textContent);

describe('the header', () => {
  it.each<[Role[], string[]]>([
    [['customer'], ['Events', 'My bookings']],
    [['customer', 'organizer'], ['Events', 'My bookings', 'Organizer']],
    [['customer', 'operator'], ['Events', 'My bookings', 'Operator']],
  ])('leads somebody with the roles %j to %j', (roles, places) => {
    show(<Header />, { user: { ...ada, roles } });
    expect(links()).toEqual(['MyEvents', ...places]);
    expect(screen.getByText('Ada')).toBeDefined();
  });

  it('lets strangers in', () => {
    show(<Header />, { user: null });
    expect(links()).toEqual(['MyEvents', 'Events', 'Sign in', 'Sign up']);
  });

  it('signs out, and forgets what was somebody’s', async () => {
    const calls = stubApi(() => new Response(null, { status: 204 }));
    const { person, client } = show(<Header />);
    client.setQueryData(['bookings', ''], 'secret');
    await person.click(screen.getByRole('button', { name: 'Sign out' }));
    expect(await screen.findByRole('link', { name: 'Sign in' })).toBeDefined();
    expect(calls).toMatchObject([{ method: 'DELETE', path: '/api/v1/browser/session' }]);
    expect(client.getQueryData(userQuery.queryKey)).toBeNull();
    expect(client.getQueryData(['bookings', ''])).toBeUndefined();
  });

  it('says so where signing out failed', async () => {
    stubApi(() => problem(503, 'unavailable'));
    const { person } = show(<Header />);
    await person.click(screen.getByRole('button', { name: 'Sign out' }));
    await waitFor(() => expect(screen.getByRole('alert').textContent).toMatch(/You are still signed in/));
    expect(screen.getByText('Ada')).toBeDefined();
  });
});
