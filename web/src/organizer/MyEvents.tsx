import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';

import type { Schemas } from '../api/types';
import { useSeats } from '../seats/useSeats';
import { useUser } from '../session/useUser';
import { Empty } from '../ui/Empty';
import { dateTime, number } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { ShowMore } from '../ui/ShowMore';
import { myEventsQuery, type Which } from './events';
import { Sold, Status } from './Seats';

/** The organizer's own events, with what is sold of them at this moment. */
export function MyEvents() {
  const user = useUser();
  const [search, setSearch] = useSearchParams();
  const which: Which = search.get('which') === 'past' ? 'past' : 'upcoming';
  return (
    <>
      <div className="d-flex flex-wrap gap-2 align-items-start justify-content-between">
        <PageHeading>My events</PageHeading>
        <Link className="btn btn-primary" to="/organizer/events/new">
          New event
        </Link>
      </div>
      <div className="btn-group mb-3" role="group" aria-label="Which events">
        {(['upcoming', 'past'] as const).map((choice) => (
          <button
            key={choice}
            type="button"
            className={`btn btn-outline-secondary btn-sm ${choice === which ? 'active' : ''}`}
            aria-pressed={choice === which}
            onClick={() => setSearch(choice === 'past' ? { which: 'past' } : {}, { replace: true })}
          >
            {choice === 'past' ? 'Past' : 'To come'}
          </button>
        ))}
      </div>
      {user ? <Events organizerId={user.id} which={which} /> : <Loading lines={5} />}
    </>
  );
}

function Events({ organizerId, which }: { organizerId: string; which: Which }) {
  const events = useInfiniteQuery(myEventsQuery(organizerId, which));
  if (events.isPending) {
    return <Loading what="Loading your events" lines={5} />;
  }
  if (events.data === undefined) {
    return <ProblemMessage failure={events.error} retry={() => void events.refetch()} />;
  }
  const all = events.data.pages.flatMap(({ items }) => items);
  if (all.length === 0) {
    return which === 'past' ? <Empty title="None of your events has begun yet" /> : <NoEvents />;
  }
  return (
    <>
      {events.isError && <ProblemMessage failure={events.error} retry={() => void events.refetch()} />}
      <EventTable events={all} />
      <ShowMore list={events} />
    </>
  );
}

function NoEvents() {
  return (
    <Empty title="You have no events to come">
      An event is held in a hall of a location: <Link to="/organizer/events/new">make a new event</Link>, or look at the{' '}
      <Link to="/organizer/locations">locations</Link> first.
    </Empty>
  );
}

function EventTable({ events }: { events: readonly Schemas['Event'][] }) {
  const seats = useSeats(events.map(({ id }) => id));
  return (
    <table className="table align-middle">
      <caption className="visually-hidden">My events</caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col" className="d-none d-md-table-cell">
            Where
          </th>
          <th scope="col">Sold</th>
          <th scope="col" className="text-end">
            Left
          </th>
          <th scope="col" className="d-none d-sm-table-cell">
            Status
          </th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => {
          const left = seats.get(event.id)?.seats_left ?? event.seats_left;
          return (
            <tr key={event.id}>
              <td>
                <Link to={`/organizer/events/${event.id}`}>{event.name}</Link>
                <div className="small text-body-secondary">{dateTime(event.starts_at)}</div>
                <div className="d-sm-none">
                  <Status event={event} left={left} />
                </div>
              </td>
              <td className="d-none d-md-table-cell">
                {event.location_name}
                <div className="small text-body-secondary">{event.hall}</div>
              </td>
              <td className="seats-sold">
                <Sold event={event} left={left} />
              </td>
              <td className="text-end">{number(left)}</td>
              <td className="d-none d-sm-table-cell">
                <Status event={event} left={left} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
