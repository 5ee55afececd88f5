import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

import { answered, api } from '../api/client';
import { ProblemError } from '../api/problem';
import type { Booking } from '../api/types';
import { tracer } from '../tracing/page';
import { forgetIntent, leaveUnanswered, newIntent, openIntent, type Intent } from './intent';

/** How far a booking has come. */
export type BookingState =
  | { step: 'choosing' }
  | { step: 'booking' }
  | { step: 'booked'; booking: Booking }
  | { step: 'refused'; failure: unknown } // nothing was booked
  | { step: 'unknown'; failure: unknown }; // it may have been: only sending the same again tells

export interface Seller {
  state: BookingState;
  book: (seats: number) => void;
  /** Sends what nobody knows the outcome of once more. */
  tryAgain: () => void;
  /** Begins anew after an answer. */
  again: () => void;
}

/**
 * Books seats of an event for somebody, each click once. What was under way when the page was reloaded, or a session ended, is taken
 * up again; what has failed before somebody's eyes waits until they ask for it.
 */
export function useBooking(eventId: string, userId: string): Seller {
  const client = useQueryClient();
  const [left, setLeft] = useState(() => openIntent(eventId, userId)?.unanswered === true);
  const underWay = useRef(false); // at once, where the button is disabled only after the next rendering
  const { mutate, reset, data, error, isPending } = useMutation({
    mutationFn: (intent: Intent) =>
      answered(
        api.POST('/api/v1/events/{id}/bookings', {
          params: { path: { id: eventId }, header: { 'Idempotency-Key': intent.key } },
          body: { seats: intent.seats },
        }),
      ),
    onSuccess: () => forgetIntent(eventId),
    onError: (failure) => {
      if (isAnswer(failure)) {
        forgetIntent(eventId);
      }
    },
    onSettled: () => {
      underWay.current = false;
      void client.invalidateQueries({ queryKey: ['event', eventId] });
      void client.invalidateQueries({ queryKey: ['bookings'] });
    },
  });

  const send = useCallback(
    (intent: Intent | undefined, action: string) => {
      if (intent === undefined || underWay.current) {
        return;
      }
      underWay.current = true;
      setLeft(false);
      tracer.action(action);
      mutate(intent);
    },
    [mutate],
  );
  useEffect(() => {
    const intent = openIntent(eventId, userId);
    if (!intent?.unanswered) {
      send(intent, 'resume booking');
    }
  }, [send, eventId, userId]);

  const state = stateOf(isPending, data, left ? unanswered : error);
  const toldUnknown = state.step === 'unknown';
  useEffect(() => {
    if (toldUnknown && !mustSignIn(error)) {
      leaveUnanswered(eventId, userId);
    }
  }, [toldUnknown, error, eventId, userId]);

  return {
    state,
    book: (seats) => {
      if (!underWay.current) {
        send(newIntent(eventId, seats, userId), 'click Book');
      }
    },
    tryAgain: () => {
      const intent = openIntent(eventId, userId);
      if (intent === undefined) { // too long ago: "My bookings" tells what became of it, and one may book anew
        setLeft(false);
        reset();
      }
      send(intent, 'click Try again');
    },
    again: reset,
  };
}

/** What an earlier visit of the page has left behind. */
const unanswered = new ProblemError({ status: 0, code: 'unanswered' });

function stateOf(isPending: boolean, booking: Booking | undefined, failure: unknown): BookingState {
  if (isPending) {
    return { step: 'booking' };
  }
  if (failure) {
    return { step: isAnswer(failure) ? 'refused' : 'unknown', failure };
  }
  return booking === undefined ? { step: 'choosing' } : { step: 'booked', booking };
}

/** Whether the API has decided. Whoever has to sign in first has not been heard yet. */
function isAnswer(failure: unknown): boolean {
  return failure instanceof ProblemError && !failure.passing && !mustSignIn(failure);
}

function mustSignIn(failure: unknown): boolean {
  return failure instanceof ProblemError && failure.status === 401;
}
