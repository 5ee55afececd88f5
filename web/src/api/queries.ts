import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { ProblemError } from './problem';

/**
 * How often a query that failed is sent again. The gateway clears a cookie that no longer signs in as it refuses it, so what everybody
 * may see is there at the second attempt; what is for members is refused again, as "unauthenticated".
 */
function retriesOf({ passing, status, code }: ProblemError): number {
  if (passing) {
    return 2;
  }
  return status === 401 && code !== 'unauthenticated' ? 1 : 0;
}

/** Makes the store of what the API has answered. Whoever is no longer signed in by an answer is told to sessionEnded. */
export function newQueryClient(sessionEnded: () => void): QueryClient {
  const onError = (failure: unknown) => {
    if (failure instanceof ProblemError && failure.status === 401 && failure.code !== 'invalid-credentials') {
      sessionEnded();
    }
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        networkMode: 'always', // whether the network is there is for the request to find out
        retry: (failures, failure) => failure instanceof ProblemError && failures < retriesOf(failure),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
