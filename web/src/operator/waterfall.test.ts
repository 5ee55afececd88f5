import { expect, test } from 'vitest';

import { colours, culprits, micros, waterfall, type Span } from './waterfall';

const noon = Date.parse('2026-11-22T12:00:00Z');

/** A span that begins some microseconds after noon. */
function span(id: string, parent: string | undefined, service: string, startUs: number, durationUs: number): Span {
  return {
    id,
    ...(parent === undefined ? {} : { parent_id: parent }),
    service,
    name: `${service} ${id}`,
    started_at: time(startUs),
    duration_us: durationUs,
    failed: false,
    tags: {},
  };
}

function time(us: number): string {
  const fraction = String(((us % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0');
  return new Date(noon + Math.floor(us / 1_000_000) * 1000).toISOString().replace('.000Z', `.${fraction}Z`);
}

function shape(spans: Span[]): string[] {
  return waterfall(spans).rows.map((row) => '  '.repeat(row.depth) + row.span.id);
}

test('spans are below what caused them, in the order of time', () => {
  expect(
    shape([
      span('consume', 'publish', 'search', 900, 50),
      span('publish', 'server', 'booking', 400, 100),
      span('root', undefined, 'gateway', 0, 500),
      span('place', 'server', 'booking', 200, 100),
      span('server', 'root', 'booking', 100, 400),
    ]),
  ).toEqual(['root', '  server', '    place', '    publish', '      consume']);
});

test('bars have their place to the microsecond', () => {
  const { rows } = waterfall([span('root', undefined, 'gateway', 10, 1000), span('child', 'root', 'gateway', 260, 500)]);
  expect(rows.map(({ offset, width, startUs }) => ({ offset, width, startUs }))).toEqual([
    { offset: 0, width: 1, startUs: 0 },
    { offset: 0.25, width: 0.5, startUs: 250 },
  ]);
});

test('what took next to nothing can be seen, at the end too', () => {
  const { rows } = waterfall([span('root', undefined, 'gateway', 0, 1_000_000), span('child', 'root', 'gateway', 1_000_000, 0)]);
  expect(rows[1]?.width).toBeGreaterThan(0);
  expect((rows[1]?.offset ?? 0) + (rows[1]?.width ?? 0)).toBeLessThanOrEqual(1);
});

test('a span whose parent is missing stands by itself and says so', () => {
  const { rows } = waterfall([span('root', undefined, 'gateway', 0, 100), span('lost', 'elsewhere', 'search', 50, 10)]);
  expect(rows.map(({ span: { id }, depth, orphan }) => ({ id, depth, orphan }))).toEqual([
    { id: 'root', depth: 0, orphan: false },
    { id: 'lost', depth: 0, orphan: true },
  ]);
});

test('spans that name each other as parents are all shown, once', () => {
  expect(shape([span('a', 'b', 'x', 0, 10), span('b', 'a', 'x', 1, 10), span('self', 'self', 'x', 2, 1)])).toEqual([
    'b',
    '  a',
    'self',
  ]);
});

test('two spans with one id are two rows with keys of their own', () => {
  const { rows } = waterfall([span('same', undefined, 'caller', 0, 10), span('same', undefined, 'callee', 1, 5)]);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
});

test('a service whose clock is late is moved into the call, with what it did below it', () => {
  const { rows } = waterfall([
    span('call', undefined, 'gateway', 1000, 400),
    span('server', 'call', 'booking', 200, 200),
    span('store', 'server', 'booking', 250, 50),
    span('consumer', 'server', 'search', 2000, 50), // on a machine whose clock may well be right
  ]);
  expect(rows.map(({ startUs, movedUs }) => ({ startUs, movedUs }))).toEqual([
    { startUs: 0, movedUs: 0 },
    { startUs: 100, movedUs: 900 },
    { startUs: 150, movedUs: 900 },
    { startUs: 1000, movedUs: 0 },
  ]);
});

test('what outlasts its cause begins with it where the clocks differ', () => {
  const { rows } = waterfall([span('publish', undefined, 'booking', 1000, 10), span('process', 'publish', 'search', 900, 500)]);
  expect(rows[1]).toMatchObject({ startUs: 0, movedUs: 100 });
});

test('within one service nothing is moved', () => {
  const { rows } = waterfall([span('root', undefined, 'gateway', 1000, 10), span('child', 'root', 'gateway', 900, 10)]);
  expect(rows.map(({ movedUs }) => movedUs)).toEqual([0, 0]);
});

test('a service has one colour, and there are enough for any number of services', () => {
  const many = Array.from({ length: colours + 1 }, (_, i) => span(`s${i}`, undefined, `service${i}`, i, 1));
  const { rows } = waterfall([...many, span('again', undefined, 'service1', 50, 1)]);
  expect(rows.map(({ colour }) => colour)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1]);
});

test('the trouble began where nothing below has failed', () => {
  const failed = (id: string, parent: string | undefined) => ({ ...span(id, parent, 'x', 0, 10), failed: true });
  const { rows } = waterfall([failed('root', undefined), failed('call', 'root'), span('fine', 'call', 'x', 0, 1), failed('other', 'root')]);
  expect(culprits(rows).map(({ key }) => key)).toEqual(['call-0', 'other-0']);
});

test('an empty trace has no rows', () => {
  expect(waterfall([]).rows).toEqual([]);
});

test.each([
  ['2026-11-22T21:10:45.706555Z', 706555],
  ['2026-11-22T21:10:45.78131Z', 781310],
  ['2026-11-22T21:10:45Z', 0],
  ['2026-11-22T21:10:45.123456789Z', 123456],
])('the microseconds of %s are %d', (text, us) => {
  expect(micros(text) % 1_000_000).toBe(us);
});
