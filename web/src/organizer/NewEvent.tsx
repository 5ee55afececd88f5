import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { PageHeading } from '../ui/PageHeading';
import { EventForm } from './EventForm';
import { noEvent } from './eventDraft';
import { eventQuery } from './events';

/** Where an organizer makes an event. */
export function NewEvent() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <>
      <PageHeading>New event</PageHeading>
      <EventForm
        initial={noEvent}
        submit="Create event"
        submitting="Creating …"
        saved={(event) => {
          queries.setQueryData(eventQuery(event.id).queryKey, event);
          void queries.invalidateQueries({ queryKey: ['events', 'mine'] });
          const done = 'The event is created, and can be found and booked in a moment.';
          void navigate(`/organizer/events/${event.id}`, { state: { done } });
        }}
      />
    </>
  );
}
