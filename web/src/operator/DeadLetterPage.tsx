import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';

import { isProblem } from '../api/problem';
import { Empty } from '../ui/Empty';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { letterQuery, traceOf, type Letter } from './deadLetters';
import { Decide } from './Decide';
import { Moment } from './Moment';

/** One message that could not be processed: why, what is in it, and what to do with it. */
export function DeadLetterPage() {
  const { id = '' } = useParams();
  const letter = useQuery(letterQuery(id));
  const gone = isProblem(letter.error, 'dead-letter-not-found');
  return (
    <>
      <PageHeading>Dead letter</PageHeading>
      {letter.isPending && <Loading what="Loading the dead letter" lines={8} />}
      {gone && (
        <Empty title="This dead letter is no longer here">
          It was processed or dropped. <Link to="/operator/dead-letters">See all dead letters</Link>
        </Empty>
      )}
      {letter.isError && !gone && <ProblemMessage failure={letter.error} retry={() => void letter.refetch()} />}
      {letter.data !== undefined && !gone && <Loaded letter={letter.data} />}
    </>
  );
}

function Loaded({ letter }: { letter: Letter }) {
  return (
    <>
      <Facts letter={letter} />
      <Decide letter={letter} />
      <Failures failures={letter.failures} />
      <h2 className="h5">Message</h2>
      {/* What scrolls must be reachable by keyboard. */}
      <pre className="border rounded bg-body-tertiary p-2" tabIndex={0} aria-label="The message as it was received">
        {typeof letter.payload === 'string' ? letter.payload : JSON.stringify(letter.payload, null, 2)}
      </pre>
    </>
  );
}

function Facts({ letter }: { letter: Letter }) {
  const trace = traceOf(letter);
  return (
    <dl className="facts">
      <div>
        <dt>Message</dt>
        <dd>
          {letter.type || 'of a form that is not ours'}, of the topic {letter.topic}
        </dd>
      </div>
      <div>
        <dt>Could not be processed by</dt>
        <dd>{letter.service}</dd>
      </div>
      <div>
        <dt>Put here</dt>
        <dd>
          <Moment at={letter.parked_at} />
        </dd>
      </div>
      {letter.subject !== '' && (
        <div>
          <dt>About</dt>
          <dd>
            <Link to={`/operator/journeys?id=${encodeURIComponent(letter.subject)}`}>{letter.subject}</Link>
          </dd>
        </div>
      )}
      {trace !== undefined && (
        <div>
          <dt>Trace</dt>
          <dd>
            <Link to={`/operator/traces/${trace}`}>{trace}</Link>
          </dd>
        </div>
      )}
      <div>
        <dt>Id</dt>
        <dd>{letter.id}</dd>
      </div>
    </dl>
  );
}

function Failures({ failures }: { failures: Letter['failures'] }) {
  return (
    <section aria-labelledby="failures">
      <h2 className="h5" id="failures">
        Failures
      </h2>
      <ol className="list-unstyled">
        {failures.map(({ time, error }, i) => (
          <li key={i} className="border-top py-1 text-break">
            <span className="small text-body-secondary text-nowrap">
              <Moment at={time} precise />
            </span>{' '}
            {error}
          </li>
        ))}
      </ol>
    </section>
  );
}
