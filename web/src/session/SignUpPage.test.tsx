import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { ada, problem, show, stubApi, success } from '../testing/show';
import { SignInPage } from './SignInPage';
import { SignUpPage } from './SignUpPage';
import { userQuery } from './useUser';

const session = { user: ada, expires_at: '2100-01-01T00:00:00Z' };

function describedBy(field: HTMLElement): string {
  const ids = field.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent).join(' ');
}

describe('signing up', () => {
  it('says at each field what the API has found wrong with it', async () => {
    stubApi(() =>
      problem(400, 'invalid-request', [
        { field: 'email', rule: 'must be an RFC 5322 email' },
        { field: 'password', rule: 'must have at least 8 characters' },
      ]),
    );
    const { person } = show(<SignUpPage />, { user: null });
    await person.click(screen.getByRole('button', { name: 'Sign up' }));
    await screen.findByRole('alert');
    expect(describedBy(screen.getByLabelText('E-mail'))).toMatch(/Must be an e-mail address/);
    expect(describedBy(screen.getByLabelText('Password'))).toMatch(/Must have at least 8 characters\./);
    expect(screen.getByLabelText('First name').getAttribute('aria-invalid')).toBeNull();
  });

  it('says at the address that somebody has it already', async () => {
    stubApi(() => problem(409, 'email-taken'));
    const { person } = show(<SignUpPage />, { user: null });
    await person.click(screen.getByRole('button', { name: 'Sign up' }));
    await waitFor(() => expect(describedBy(screen.getByLabelText('E-mail'))).toMatch(/There is a user/));
  });

  it('signs in too, and goes back to where somebody was', async () => {
    const calls = stubApi(({ path }) => (path === '/api/v1/users' ? success(ada, 201) : success(session)));
    const { person, router, client } = show(<SignUpPage />, { user: null, state: { from: '/events/jazz' } });
    await person.type(screen.getByLabelText('First name'), 'Ada');
    await person.type(screen.getByLabelText('Last name'), 'Lovelace');
    await person.type(screen.getByLabelText('E-mail'), 'ada@example.org');
    await person.type(screen.getByLabelText('Password'), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Sign up' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/events/jazz'));
    expect(calls.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/api/v1/users', { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.org', password: 'correct horse battery' }],
      ['POST', '/api/v1/browser/session', { email: 'ada@example.org', password: 'correct horse battery' }],
    ]);
    expect(client.getQueryData(userQuery.queryKey)).toEqual(ada);
  });
});

describe('signing in', () => {
  it('says that a session has ended to whom it did', () => {
    show(<SignInPage />, { user: null, state: { from: '/', ended: true } });
    expect(screen.getByRole('status').textContent).toMatch(/Your session has ended/);
  });

  it('says what is wrong, and does not take it for a session that has ended', async () => {
    stubApi(() => problem(401, 'invalid-credentials'));
    const { person, sessionEnded } = show(<SignInPage />, { user: null });
    await person.type(screen.getByLabelText('E-mail'), 'ada@example.org');
    await person.type(screen.getByLabelText('Password'), 'wrong');
    await person.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/address or the password is wrong/);
    expect(sessionEnded).not.toHaveBeenCalled();
  });
});
