import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';

import { useSeats } from '../seats/useSeats';
import { tracer } from '../tracing/page';
import { Empty } from '../ui/Empty';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { ShowMore } from '../ui/ShowMore';
import { count } from '../ui/format';
import { EventItem } from './EventItem';
import { Filters } from './Filters';
import { filterOf, paramsOf } from './filter';
import { eventsQuery } from './queries';

/** The first page: what is on, to search and to choose from. */
export function EventListPage() {
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const list = useInfiniteQuery(eventsQuery(filter));
  const { data, error, refetch, isPlaceholderData } = list;
  const hits = data?.pages.flatMap(({ items }) => items) ?? [];
  const first = data?.pages[0];
  const seats = useSeats(hits.map(({ id }) => id));
  return (
    <>
      <PageHeading>Events</PageHeading>
      <Filters
        filter={filter}
        facets={first?.facets}
        onChange={(changed) => {
          tracer.action('search events');
          setParams(paramsOf(changed), { replace: true, preventScrollReset: true });
        }}
      />
      <p role="status" className="text-body-secondary mb-2 found">
        {first && !error && `${count(first.total, 'event')} found`}
      </p>
      {error && <ProblemMessage failure={error} retry={() => void refetch()} />}
      {!data && !error && <Loading what="Loading events" lines={9} />}
      {first?.items.length === 0 && (
        <Empty title="No event fits.">
          {params.size > 0 ? <Link to="/">See all events</Link> : 'There is nothing on sale at the moment. Come back later.'}
        </Empty>
      )}
      <ul className={`list-group ${isPlaceholderData ? 'opacity-50' : ''}`} aria-label="Events">
        {hits.map((hit) => (
          <EventItem key={hit.id} hit={hit} seats={seats.get(hit.id)} />
        ))}
      </ul>
      <ShowMore list={list} className="w-100 mt-3" onClick={() => tracer.action('click Show more')} />
    </>
  );
}
