import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';

import { tracer } from '../tracing/page';
import { Empty } from '../ui/Empty';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { SearchBox } from '../ui/SearchBox';
import { ShowMore } from '../ui/ShowMore';
import { BookingItem } from './BookingItem';
import { bookingsQuery } from './queries';

/** One's own bookings, to search and to cancel. */
export function MyBookingsPage() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q')?.trim().slice(0, 200) ?? '';
  const list = useInfiniteQuery(bookingsQuery(q));
  const { data, error, refetch, isPlaceholderData } = list;
  const bookings = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageHeading>My bookings</PageHeading>
      <div className="mb-3">
        <SearchBox
          label="Search my bookings"
          value={q}
          onSearch={(text) => {
            tracer.action('search bookings');
            setParams(text ? { q: text } : {}, { replace: true, preventScrollReset: true });
          }}
        />
      </div>
      {error && <ProblemMessage failure={error} retry={() => void refetch()} />}
      {!data && !error && <Loading what="Loading your bookings" lines={6} />}
      <div role="status">{data && bookings.length === 0 && <NoBookings searched={q !== ''} />}</div>
      <ul className={`list-group ${isPlaceholderData ? 'opacity-50' : ''}`} aria-label="My bookings">
        {bookings.map((booking) => (
          <BookingItem key={booking.id} booking={booking} />
        ))}
      </ul>
      <ShowMore list={list} className="w-100 mt-3" onClick={() => tracer.action('click Show more')} />
    </>
  );
}

function NoBookings({ searched }: { searched: boolean }) {
  return searched ? (
    <Empty title="No booking fits.">
      <Link to="/bookings">See all of them</Link>. What was booked a moment ago is found a moment later.
    </Empty>
  ) : (
    <Empty title="You have no bookings yet.">
      <Link to="/">Find an event</Link>
    </Empty>
  );
}
