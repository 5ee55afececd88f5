import { expect, test } from 'vitest';

import { isTraceId, searchFor } from './traces';

test.each([
  ['3ceca01f08efad05371031fffd11530c', true],
  ['4a1639676882bdf6', true],
  ['3CECA01F08EFAD05371031FFFD11530C', true],
  ['01a20518-decb-75fb-b352-c6370e6f2717', false],
  ['', false],
])('%j is a trace id: %s', (id, yes) => {
  expect(isTraceId(id)).toBe(yes);
});

test('a booking is looked for at any time, among what messages are about', () => {
  expect(searchFor({ id: '01a20518-decb', onlyErrors: false }, 1234)).toEqual({
    limit: 50, lookback: 1234, annotation_query: 'cloudevents.event_subject=01a20518-decb',
  });
});

test('only what failed is found where that is asked for', () => {
  expect(searchFor({ id: '', onlyErrors: true }, 1234)).toEqual({ limit: 50, lookback: 86_400_000, annotation_query: 'error' });
  expect(searchFor({ id: 'b', onlyErrors: true }, 1)).toMatchObject({ annotation_query: 'cloudevents.event_subject=b and error' });
});

test('without any condition it is the latest that changed something', () => {
  expect(searchFor({ id: '', onlyErrors: false }, 1234)).toEqual({
    limit: 50, lookback: 86_400_000, annotation_query: 'messaging.operation.type=send',
  });
});
