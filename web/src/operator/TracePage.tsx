import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useParams } from 'react-router';

import { isProblem } from '../api/problem';
import { settingsQuery } from '../api/settings';
import type { Schemas } from '../api/types';
import { count } from '../ui/format';
import { Empty } from '../ui/Empty';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { duration } from './duration';
import { Moment } from './Moment';
import { SpanTable } from './SpanTable';
import { kibanaLines, zipkinTrace } from './tools';
import { traceQuery } from './traces';
import { waterfall, type Waterfall } from './waterfall';

type Trace = Schemas['Trace'];

/** One trace: what happened, where, in which order, and for how long. */
export function TracePage() {
  const { id = '' } = useParams();
  const trace = useQuery(traceQuery(id));
  if (trace.data !== undefined) {
    return <Loaded key={id} trace={trace.data} />;
  }
  return (
    <>
      <PageHeading>Trace</PageHeading>
      {trace.isPending && <Loading what="Loading the trace" lines={8} />}
      {trace.isError && <Missing id={id} failure={trace.error} retry={() => void trace.refetch()} />}
    </>
  );
}

function Missing({ id, failure, retry }: { id: string; failure: Error; retry: () => void }) {
  if (!isProblem(failure, 'trace-not-found')) {
    return <ProblemMessage failure={failure} retry={retry} />;
  }
  return (
    <div role="status">
      <Empty title="There is no such trace yet">
        <span className="text-break">{id}</span>: spans arrive some seconds after what they tell of, so this is asked again by itself.
        Old traces make room for new ones. <Link to="/operator/journeys">Look for another</Link>
      </Empty>
    </div>
  );
}

function Loaded({ trace }: { trace: Trace }) {
  const drawn = useMemo(() => waterfall(trace.spans), [trace.spans]);
  return (
    <>
      <PageHeading>{`Trace ${trace.name}`}</PageHeading>
      <p className="text-body-secondary mb-2">
        <Moment at={trace.started_at} /> · took {duration(trace.duration_us)} · {count(trace.span_count, 'span')} ·{' '}
        <span className={trace.error_count > 0 ? 'text-danger-emphasis fw-bold' : ''}>{count(trace.error_count, 'error')}</span>
        <br />
        <span className="text-break">Trace id {trace.trace_id}</span> <Elsewhere trace={trace} />
      </p>
      <Services spans={drawn} />
      {drawn.timeline.cuts.length > 0 && (
        <p className="small text-body-secondary mb-2">
          Where the bars are hatched nothing happened for {drawn.timeline.cuts.map(({ pauseUs }) => duration(pauseUs)).join(', ')}:
          that is drawn shorter than it was.
        </p>
      )}
      <SpanTable waterfall={drawn} />
    </>
  );
}

/** The same in the tools beside the platform, those that are configured. */
function Elsewhere({ trace }: { trace: Trace }) {
  const { data: settings } = useQuery(settingsQuery);
  const { zipkin, kibana } = settings?.links ?? {};
  return (
    <>
      {zipkin !== undefined && <a href={zipkinTrace(zipkin, trace.trace_id)}>In Zipkin</a>}{' '}
      {kibana !== undefined && <a href={kibanaLines(kibana, trace)}>Log lines in Kibana</a>}
    </>
  );
}

/** Who took part, with the colour of its bars. */
function Services({ spans: { rows } }: { spans: Waterfall }) {
  const spans = new Map<string, { colour: number; n: number }>();
  for (const { span, colour } of rows) {
    spans.set(span.service, { colour, n: (spans.get(span.service)?.n ?? 0) + 1 });
  }
  return (
    <ul className="list-inline mb-2" aria-label="Services">
      {[...spans].sort(([a], [b]) => a.localeCompare(b)).map(([service, { colour, n }]) => (
        <li key={service} className="list-inline-item">
          <span className={`swatch service-${colour}`} aria-hidden="true" /> {service}{' '}
          <span className="small text-body-secondary">{count(n, 'span')}</span>
        </li>
      ))}
    </ul>
  );
}
