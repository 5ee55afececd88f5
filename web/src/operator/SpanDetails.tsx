import { Link } from 'react-router';

import { duration } from './duration';
import { micros, type Row } from './waterfall';

/** Everything that is known of a span. */
export function SpanDetails({ row: { span, startUs, movedUs, orphan } }: { row: Row }) {
  const begun = micros(span.started_at);
  return (
    <div className="small">
      <p className="mb-1">
        Began {duration(startUs)} into the trace and took {duration(span.duration_us)}.
        {span.remote_service !== undefined && ` The other side: ${span.remote_service}.`}
        {movedUs > 0 && ` By the clock of ${span.service} it began ${duration(movedUs)} earlier; that clock is behind the caller’s.`}
        {orphan && ` What caused it, the span ${span.parent_id ?? ''}, is not here: it is on its way, was lost, or is the caller’s own.`}
      </p>
      {span.events !== undefined && span.events.length > 0 && (
        <>
          <h2 className="h6 mb-1">Events</h2>
          <ol className="list-unstyled mb-2 text-break">
            {span.events.map(({ at, name }, i) => (
              <li key={i}>
                <span className="text-body-secondary">{duration(Math.max(0, micros(at) - begun))}</span> {name}
              </li>
            ))}
          </ol>
        </>
      )}
      <h2 className="h6 mb-1">Tags</h2>
      <dl className="facts mb-0">
        {sorted(span.tags).map(([name, value]) => (
          <div key={name} className={errorTags.includes(name) ? 'text-danger-emphasis' : undefined}>
            <dt>{name}</dt>
            <dd>
              <Value name={name} value={value} />
            </dd>
          </div>
        ))}
        <div>
          <dt>span id</dt>
          <dd>{span.id}</dd>
        </div>
      </dl>
    </div>
  );
}

/** What a message is about leads to all that happened to it. */
function Value({ name, value }: { name: string; value: string }) {
  if (name !== 'cloudevents.event_subject') {
    return value;
  }
  return (
    <Link className="link-body-emphasis" to={`/operator/journeys?id=${encodeURIComponent(value)}`}>
      {value}
    </Link>
  );
}

const errorTags = ['error', 'error.type'];

/** The tags by name, but first what went wrong, and last what is the same in all spans of the service. */
function sorted(tags: Record<string, string>): [string, string][] {
  const rank = (name: string) => (errorTags.includes(name) ? 0 : /^(otel|service|deployment)\./.test(name) ? 2 : 1);
  return Object.entries(tags).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
