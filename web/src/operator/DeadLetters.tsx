import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { Done, useDone } from '../ui/Done';
import { Empty } from '../ui/Empty';
import { count } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { ShowMore } from '../ui/ShowMore';
import { lettersQuery, type Letter } from './deadLetters';
import { Moment } from './Moment';

/** The messages that no service could process, of all services. */
export function DeadLetters() {
  const letters = useInfiniteQuery(lettersQuery);
  const [done] = useDone();
  const all = letters.data?.pages.flatMap(({ items }) => items) ?? [];
  const missing = [...new Set(letters.data?.pages.flatMap((page) => page.missing ?? []))];
  return (
    <>
      <PageHeading>Dead letters</PageHeading>
      <Done>{done}</Done>
      {letters.isPending && <Loading what="Loading dead letters" lines={5} />}
      {letters.isError && <ProblemMessage failure={letters.error} retry={() => void letters.refetch()} />}
      {missing.length > 0 && <Missing services={missing} />}
      {letters.data !== undefined && all.length === 0 && (
        <Empty title={missing.length > 0 ? 'The others have no dead letters' : 'There are no dead letters'}>
          A message is put here when a service could not process it after several attempts.
        </Empty>
      )}
      {all.length > 0 && <LetterTable letters={all} />}
      <ShowMore list={letters} />
    </>
  );
}

function Missing({ services }: { services: readonly string[] }) {
  return (
    <p className="alert alert-warning" role="status">
      {services.join(', ')} did not answer, so what could not be processed there is not listed.{' '}
      <Link className="alert-link" to="/operator">
        See how the services are
      </Link>
    </p>
  );
}

function LetterTable({ letters }: { letters: readonly Letter[] }) {
  return (
    <table className="table align-middle">
      <caption className="visually-hidden">Dead letters</caption>
      <thead>
        <tr>
          <th scope="col">Message</th>
          <th scope="col" className="d-none d-lg-table-cell">
            About
          </th>
          <th scope="col">Why</th>
          <th scope="col" className="d-none d-sm-table-cell">
            Put here
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map(({ id, type, topic, service, subject, failures, parked_at: parked }) => (
          <tr key={id}>
            <td>
              <Link to={`/operator/dead-letters/${encodeURIComponent(id)}`}>{type || `a message of the topic ${topic}`}</Link>
              <div className="small text-body-secondary">at {service}</div>
            </td>
            <td className="d-none d-lg-table-cell text-break">{subject}</td>
            <td className="text-break">
              {failures.at(-1)?.error ?? 'Not told'}
              <div className="small text-body-secondary">{count(failures.length, 'attempt')}</div>
            </td>
            <td className="d-none d-sm-table-cell text-nowrap">
              <Moment at={parked} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
