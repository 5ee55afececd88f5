import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import type { Schemas } from '../api/types';
import { useSeats } from '../seats/useSeats';
import { useUser } from '../session/useUser';
import { Done, useDone } from '../ui/Done';
import { money, period, number } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { CancelEvent } from './CancelEvent';
import { ChangedMeanwhile } from './ChangedMeanwhile';
import { EventForm } from './EventForm';
import { draftOfEvent } from './eventDraft';
import { eventQuery } from './events';
import { locationsQuery } from './locations';
import { Sold, Status } from './Seats';

type Event = Schemas['Event'];

/** One event of the organizer's: what is sold, and where it is changed or cancelled. */
export function EventPage() {
  const { id = '' } = useParams();
  const event = useQuery({ ...eventQuery(id), refetchInterval: 15_000 }); // so that it is known when somebody else changes it
  if (event.data !== undefined) {
    return <Loaded key={id} event={event.data} />;
  }
  return (
    <>
      <PageHeading>Event</PageHeading>
      {event.isPending ? (
        <Loading what="Loading the event" lines={6} />
      ) : (
        <ProblemMessage failure={event.error} retry={() => void event.refetch()} />
      )}
    </>
  );
}

function Loaded({ event }: { event: Event }) {
  const queries = useQueryClient();
  const user = useUser();
  const left = useSeats([event.id]).get(event.id)?.seats_left ?? event.seats_left;
  const [edited, edit] = useState(event); // as it was when the form was filled from it
  const [done, say] = useDone();
  const { isPending: formIsComing } = useQuery(locationsQuery); // what is below the form waits for it, and so does not jump
  const saved = (now: Event, what: string) => {
    queries.setQueryData(eventQuery(now.id).queryKey, now);
    void queries.invalidateQueries({ queryKey: ['events', 'mine'] });
    edit(now);
    say(what);
  };
  return (
    <>
      <div className="d-flex flex-wrap gap-2 align-items-center">
        <PageHeading>{event.name}</PageHeading>
        <Status event={event} left={left} />
      </div>
      <p className="text-body-secondary">
        {period(event.starts_at, event.ends_at)} · {event.location_name}, {event.hall} · {money(event.price)}
        {' · '}
        <Link to={`/events/${event.id}`}>as visitors see it</Link>
      </p>
      <div className="mb-4">
        <Sold event={event} left={left} /> <span className="small text-body-secondary">sold, {number(left)} left</span>
      </div>
      <Done>{done}</Done>
      {mayChange(event, user?.id) ? (
        <>
          {event.version > edited.version && <ChangedMeanwhile what="event" show={() => edit(event)} />}
          <div onInput={() => say(undefined)}>
            <EventForm
              key={edited.version}
              id={edited.id}
              initial={draftOfEvent(edited)}
              submit="Save changes"
              submitting="Saving …"
              saved={(now) => saved(now, now.version === edited.version ? 'There was nothing to change.' : 'Your changes are saved.')}
            />
          </div>
          {!formIsComing && (
            <>
              <hr className="my-4" />
              <CancelEvent event={event} left={left} cancelled={(now) => saved(now, 'The event is cancelled.')} />
            </>
          )}
        </>
      ) : (
        <p className="alert alert-secondary">{whyNot(event, user?.id)}</p>
      )}
    </>
  );
}

function mayChange(event: Event, userId: string | undefined): boolean {
  return event.organizer_id === userId && event.status === 'scheduled' && Date.parse(event.starts_at) > Date.now();
}

function whyNot(event: Event, userId: string | undefined): string {
  if (event.organizer_id !== userId) {
    return 'This event is another organizer’s. Only they can change it.';
  }
  return event.status === 'cancelled'
    ? 'This event is cancelled, and nothing of it can be changed any more.'
    : 'This event has begun, and nothing of it can be changed any more.';
}
