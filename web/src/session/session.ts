import type { QueryClient } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import type { Schemas } from '../api/types';
import { forgetLife, keepLife } from './life';
import { userQuery } from './useUser';

/** Signs in; the token comes in a cookie that the page cannot read. */
export async function signIn(client: QueryClient, credentials: Schemas['Credentials']): Promise<void> {
  const { user, expires_at } = await answered(api.POST('/api/v1/browser/session', { body: credentials }));
  keepLife(Date.parse(expires_at));
  client.setQueryData(userQuery.queryKey, user);
}

/** Makes an account, and signs in to it. */
export async function signUp(client: QueryClient, user: Schemas['NewUser']): Promise<void> {
  await answered(api.POST('/api/v1/users', { body: user }));
  await signIn(client, { email: user.email, password: user.password });
}

/** Signs out. Whoever calls it leaves the member's page next, and then tells nobody. */
export async function signOut(): Promise<void> {
  await answered(api.DELETE('/api/v1/browser/session'));
}

/** Renews the cookie for another life. */
export async function renew(client: QueryClient): Promise<void> {
  const { user, expires_at } = await answered(api.PUT('/api/v1/browser/session'));
  keepLife(Date.parse(expires_at));
  client.setQueryData(userQuery.queryKey, user);
}

/**
 * Notes that nobody is signed in, and forgets everything that is not on screen: it may have been for its member only. Call it once a
 * page for everybody is shown; a page for members would ask to sign in.
 */
export function nobody(client: QueryClient): void {
  forgetLife();
  client.setQueryData(userQuery.queryKey, null);
  client.removeQueries({ type: 'inactive' });
}
