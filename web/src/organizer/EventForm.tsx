import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import type { Schemas } from '../api/types';
import { SelectField, TextField } from '../ui/Field';
import { Loading } from '../ui/Loading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { changeOfEvent, mistakesInChange, mistakesInEvent, newEvent, type EventDraft } from './eventDraft';
import { changeEvent, createEvent } from './events';
import { localZone } from './localtime';
import { locationsQuery } from './locations';
import { Refusal } from './Refusal';
import { useForm } from './useForm';
import { number } from '../ui/format';

type Event = Schemas['Event'];
type Location = Schemas['Location'];

interface Props {
  initial: EventDraft;
  /** The event that is changed; without one, a new one is made. */
  id?: string;
  submit: string;
  submitting: string;
  saved: (event: Event) => void;
}

/** Asks for what an event is; loads the locations where it may be held first. */
export function EventForm(props: Props) {
  const locations = useQuery(locationsQuery);
  if (locations.data === undefined) {
    return locations.isPending ? (
      <Loading what="Loading the locations" lines={6} />
    ) : (
      <ProblemMessage failure={locations.error} retry={() => void locations.refetch()} />
    );
  }
  return <Filled {...props} locations={locations.data} />;
}

const fields = ['name', 'location_id', 'hall', 'starts_at', 'ends_at', 'capacity', 'price.amount', 'price.currency'];

function Filled({ initial, id, submit, submitting, saved, locations }: Props & { locations: readonly Location[] }) {
  const locationOf = (draft: EventDraft) => locations.find((location) => location.id === draft.location_id);
  const form = useForm({
    initial,
    check: (draft) => (id === undefined ? mistakesInEvent : mistakesInChange)(draft, locationOf(draft), new Date()),
    fields: () => fields,
    fieldOfProblem: { 'capacity-below-booked': 'capacity' },
    send: (draft: EventDraft) => (id === undefined ? createEvent(newEvent(draft)) : changeEvent(id, changeOfEvent(initial, draft))),
    sent: saved,
    action: id === undefined ? 'create event' : 'change event',
  });
  const { draft, change } = form;
  const location = locationOf(draft);
  const hall = location?.halls.find(({ name }) => name === draft.hall);

  return (
    <form ref={form.ref} onSubmit={form.submit} noValidate aria-label={submit}>
      <TextField label="Name" {...form.input('name')} autoComplete="off" />
      <div className="row">
        <div className="col-md-6">
          <SelectField
            label="Location"
            {...form.input('location_id')}
            onChange={({ target }) => change({ location_id: target.value, hall: onlyHall(locations, target.value) })}
            hint={
              <>
                Not there yet? <Link to="/organizer/locations/new">Make a new location</Link>
              </>
            }
          >
            <option value="">Choose a location</option>
            {locations.map(({ id: key, name, country }) => (
              <option key={key} value={key}>
                {name} ({country})
              </option>
            ))}
          </SelectField>
        </div>
        <div className="col-md-6">
          <SelectField label="Hall" {...form.input('hall')} disabled={location === undefined}>
            <option value="">{location === undefined ? 'Choose a location first' : 'Choose a hall'}</option>
            {location?.halls.map(({ name, capacity }) => (
              <option key={name} value={name}>
                {name} ({number(capacity)} seats)
              </option>
            ))}
          </SelectField>
        </div>
      </div>
      <div className="row">
        <div className="col-md-6">
          <TextField label="Starts at" {...form.input('starts_at')} type="datetime-local" hint={`On the clock of ${localZone()}`} />
        </div>
        <div className="col-md-6">
          <TextField
            label="Ends at"
            {...form.input('ends_at')}
            type="datetime-local"
            min={draft.starts_at}
            hint="At most 30 days after the start"
          />
        </div>
      </div>
      <div className="row">
        <div className="col-md-6">
          <TextField
            label="Capacity"
            {...form.input('capacity')}
            inputMode="numeric"
            autoComplete="off"
            hint={capacityHint(hall?.capacity, id === undefined)}
          />
        </div>
        <div className="col-7 col-md-4">
          <TextField
            label="Price"
            {...form.input('price.amount')}
            inputMode="decimal"
            autoComplete="off"
            hint="Of one seat; 0 for a free event"
          />
        </div>
        <div className="col-5 col-md-2">
          <TextField
            label="Currency"
            {...form.input('price.currency')}
            onChange={({ target }) => change({ 'price.currency': target.value.toUpperCase() })}
            maxLength={3}
            autoComplete="off"
          />
        </div>
      </div>
      <Refusal
        problem={form.problem}
        others={form.others}
        unsure={id === undefined ? 'It may have been created all the same: look at My events before you send it again.' : undefined}
      />
      <button className="btn btn-primary" type="submit" disabled={form.pending}>
        {form.pending ? submitting : submit}
      </button>
    </form>
  );
}

function capacityHint(hall: number | undefined, isNew: boolean): string {
  const most = hall === undefined ? 'Seats on sale' : `Seats on sale, at most ${number(hall)}`;
  return isNew ? `${most}; all of the hall where you leave it empty` : most;
}

/** The name of the location's hall, where there is nothing to choose. */
function onlyHall(locations: readonly Location[], id: string): string {
  const halls = locations.find((location) => location.id === id)?.halls ?? [];
  return halls.length === 1 ? (halls[0]?.name ?? '') : '';
}
