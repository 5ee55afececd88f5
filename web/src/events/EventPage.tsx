import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from 'react-router';

import { ProblemError } from '../api/problem';
import type { Event } from '../api/types';
import { BookSeats } from '../booking/BookSeats';
import { SeatsLeft } from '../seats/SeatsLeft';
import type { Seats } from '../seats/feed';
import { useSeats } from '../seats/useSeats';
import { useUser } from '../session/useUser';
import { backTo } from '../session/whereFrom';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { countryName, money, period } from '../ui/format';
import { eventQuery, locationQuery } from './queries';

/** One event: when, where, for how much, and how many seats are left. */
export function EventPage() {
  const { id = '' } = useParams();
  const { data: event, error, refetch } = useQuery(eventQuery(id));
  const followed = useSeats(event ? [event.id] : []);
  if (event === undefined) {
    return error ? <NoEvent failure={error} retry={() => void refetch()} /> : <Loading what="Loading the event" lines={8} />;
  }
  const seats = followed.get(event.id) ?? event;
  return (
    <>
      <PageHeading>{event.name}</PageHeading>
      <div className="row g-4">
        <div className="col-12 col-md-7">
          <Facts event={event} />
        </div>
        <section className="col-12 col-md-5" aria-label="Book">
          <div className="card">
            <div className="card-body">
              <p className="d-flex justify-content-between fs-5 mb-3">
                <span>{money(event.price)}{event.price.amount > 0 && ' a seat'}</span>
                <span role="status">
                  <SeatsLeft seats={seats} />
                </span>
              </p>
              <Sale event={event} seats={seats} />
            </div>
          </div>
        </section>
      </div>
    </>
  );
}

function NoEvent({ failure, retry }: { failure: unknown; retry: () => void }) {
  const missing = failure instanceof ProblemError && failure.status === 404;
  return (
    <>
      <PageHeading>{missing ? 'No such event' : 'Event'}</PageHeading>
      <ProblemMessage failure={failure} retry={missing ? undefined : retry} />
      <Link to="/">See all events</Link>
    </>
  );
}

function Facts({ event }: { event: Event }) {
  const { data: location } = useQuery(locationQuery(event.location_id));
  return (
    <dl className="mb-0">
      <dt>When</dt>
      <dd>
        <time dateTime={event.starts_at}>{period(event.starts_at, event.ends_at)}</time>
      </dd>
      <dt>Where</dt>
      <dd className="where">
        {event.location_name}, {event.hall}
        <br />
        {location ? `${location.address}, ` : ''}
        {countryName(event.country)}
      </dd>
      <dt>Seats in all</dt>
      <dd>{event.capacity}</dd>
    </dl>
  );
}

/** What can be done at this moment: book, sign in to book, or nothing. */
function Sale({ event, seats }: { event: Event; seats: Seats }) {
  const user = useUser();
  const location = useLocation();
  if (seats.status === 'cancelled') {
    return <p className="mb-0">The event is cancelled. Choose another one: <Link to="/">all events</Link>.</p>;
  }
  if (Date.parse(event.starts_at) <= Date.now()) {
    return <p className="mb-0">The event has begun: it can no longer be booked.</p>;
  }
  const soldOut = seats.seats_left === 0 && <p className="mb-0">Seats come back when somebody cancels: they show up here at once.</p>;
  if (user === undefined) {
    return <Loading lines={2} />;
  }
  if (user === null) {
    return (
      soldOut || (
        <Link className="btn btn-primary btn-lg w-100" to="/sign-in" state={backTo(location)}>
          Sign in to book
        </Link>
      )
    );
  }
  return (
    <>
      <BookSeats key={event.id} event={event} seatsLeft={seats.seats_left} userId={user.id} />
      {soldOut}
    </>
  );
}
