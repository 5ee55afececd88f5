import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { renewalDue } from './life';
import { renew } from './session';
import { useUser } from './useUser';

const used = ['pointerdown', 'keydown', 'focus'] as const;
const pause = 10_000; // ms between attempts

/** Keeps somebody signed in for as long as they use the page; a page that is left alone lets its session end. */
export function useRenewal(): void {
  const client = useQueryClient();
  const signedIn = useUser()?.id !== undefined;
  useEffect(() => {
    if (!signedIn) {
      return undefined;
    }
    let last = -Infinity;
    const renewIfDue = () => {
      const now = Date.now();
      if (now - last < pause || !renewalDue(now)) {
        return;
      }
      last = now;
      renew(client).catch(() => undefined); // whoever is no longer signed in learns it from what they do next
    };
    used.forEach((event) => addEventListener(event, renewIfDue));
    return () => used.forEach((event) => removeEventListener(event, renewIfDue));
  }, [client, signedIn]);
}
