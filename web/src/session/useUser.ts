import { queryOptions, useQuery } from '@tanstack/react-query';

import { answered, api } from '../api/client';
import { ProblemError } from '../api/problem';
import type { User } from '../api/types';

/** Who is signed in: null for nobody. Only the API knows; the page cannot read the cookie. */
export const userQuery = queryOptions({
  queryKey: ['user'],
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      return await answered(api.GET('/api/v1/users/me', { signal }));
    } catch (failure) {
      if (failure instanceof ProblemError && failure.status === 401) {
        return null;
      }
      throw failure;
    }
  },
  staleTime: Infinity, // signing in and out set it, and so does an answer 401 to anything else
  refetchOnWindowFocus: 'always', // another tab may have signed in somebody else
});

/** Who is signed in: null for nobody, undefined while that is not known. */
export function useUser(): User | null | undefined {
  return useQuery(userQuery).data;
}
