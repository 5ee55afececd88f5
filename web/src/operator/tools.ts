import type { Schemas } from '../api/types';

type Summary = Pick<Schemas['TraceSummary'], 'trace_id' | 'started_at' | 'duration_us'>;

/** The trace in Zipkin's own page. */
export function zipkinTrace(zipkin: string, id: string): string {
  return `${withoutSlash(zipkin)}/zipkin/traces/${id}`;
}

const around = 60_000; // ms: the clocks of those who write the lines are not that of the trace's first span

/** The log lines of a trace in Kibana, in the data view that this platform's saved objects bring along. */
export function kibanaLines(kibana: string, { trace_id: id, started_at: started, duration_us: us }: Summary): string {
  const begin = Date.parse(started);
  const time = (ms: number) => `'${new Date(ms).toISOString()}'`;
  const global = `(time:(from:${time(begin - around)},to:${time(begin + us / 1000 + around)}))`;
  const state = `(dataSource:(dataViewId:'logs',type:dataView),query:(language:lucene,query:'trace.id:"${id}"'))`;
  return `${withoutSlash(kibana)}/app/discover#/?_g=${quotesEscaped(global)}&_a=${quotesEscaped(state)}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}

function quotesEscaped(text: string): string {
  return text.replaceAll("'", '%27').replaceAll('"', '%22');
}
