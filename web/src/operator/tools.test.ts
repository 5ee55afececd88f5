import { expect, test } from 'vitest';

import { kibanaLines, zipkinTrace } from './tools';

test('a trace is found in Zipkin, below a path of its own too', () => {
  expect(zipkinTrace('http://localhost:9411', 'ab')).toBe('http://localhost:9411/zipkin/traces/ab');
  expect(zipkinTrace('https://tools.example/traces/', 'ab')).toBe('https://tools.example/traces/zipkin/traces/ab');
});

test('Kibana is asked for the lines of the trace, from a minute before it to a minute after', () => {
  const trace = { trace_id: 'ab', started_at: '2026-11-22T12:00:00.5Z', duration_us: 2_000_000 };
  expect(decodeURIComponent(kibanaLines('http://localhost:5601/', trace))).toBe(
    "http://localhost:5601/app/discover#/?_g=(time:(from:'2026-11-22T11:59:00.500Z',to:'2026-11-22T12:01:02.500Z'))" +
      "&_a=(dataSource:(dataViewId:'logs',type:dataView),query:(language:lucene,query:'trace.id:\"ab\"'))",
  );
});
