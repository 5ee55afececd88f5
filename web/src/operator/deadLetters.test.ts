import { expect, test } from 'vitest';

import { traceOf, type Letter } from './deadLetters';

function letter(payload: unknown): Letter {
  return {
    id: 'search.1', service: 'search', topic: 'booking', type: 'booking.confirmed', subject: 'b', payload, failures: [],
    parked_at: '2026-11-22T12:00:00Z',
  };
}

test('a message names its trace', () => {
  const traceparent = '00-3ceca01f08efad05371031fffd11530c-4a1639676882bdf6-01';
  expect(traceOf(letter({ type: 'booking.confirmed', traceparent }))).toBe('3ceca01f08efad05371031fffd11530c');
});

test.each([['no JSON', 'not even JSON'], ['null', null], ['a message of nobody’s trace', {}], ['nonsense', { traceparent: 7 }]])(
  '%s has none',
  (_, payload) => {
    expect(traceOf(letter(payload))).toBeUndefined();
  },
);
