import type { Schemas } from '../api/types';
import { TextField } from '../ui/Field';
import { countryName } from '../ui/format';
import { changeOfLocation, mistakesInLocation, newLocation, withHall, type LocationDraft } from './locationDraft';
import { changeLocation, createLocation } from './locations';
import { Halls } from './Halls';
import { Refusal } from './Refusal';
import { useForm } from './useForm';

interface Props {
  initial: LocationDraft;
  /** The location that is changed; without one, a new one is made. */
  id?: string;
  submit: string;
  submitting: string;
  saved: (location: Schemas['Location']) => void;
}

const fields = ['name', 'address', 'country', 'opening_hours.opens', 'opening_hours.closes'];

/** Asks for what a location is, and for its halls. */
export function LocationForm({ initial, id, submit, submitting, saved }: Props) {
  const before = id === undefined ? undefined : initial;
  const form = useForm({
    initial,
    check: (draft: LocationDraft) => mistakesInLocation(draft, before),
    fields: ({ halls }) => [...fields, ...halls.flatMap((_, i) => [`halls[${i}].name`, `halls[${i}].capacity`])],
    send: (draft) => (id === undefined ? createLocation(newLocation(draft)) : changeLocation(id, changeOfLocation(initial, draft))),
    sent: saved,
    action: id === undefined ? 'create location' : 'change location',
  });
  const { draft, change } = form;
  return (
    <form ref={form.ref} onSubmit={form.submit} noValidate aria-label={submit}>
      <TextField label="Name" {...form.input('name')} autoComplete="off" />
      <TextField label="Address" {...form.input('address')} autoComplete="off" />
      <div className="row">
        <div className="col-md-4">
          <TextField
            label="Country"
            {...form.input('country')}
            onChange={({ target }) => change({ country: target.value.toUpperCase() })}
            maxLength={2}
            autoComplete="off"
            hint={countryHint(draft.country)}
          />
        </div>
        <div className="col-6 col-md-4">
          <TextField label="Opens at" {...form.input('opening_hours.opens')} type="time" hint="On the clock there; may be empty" />
        </div>
        <div className="col-6 col-md-4">
          <TextField label="Closes at" {...form.input('opening_hours.closes')} type="time" />
        </div>
      </div>
      <Halls halls={draft.halls} part={form.part} change={(halls) => change({ halls })} add={() => change(withHall(draft))} />
      <div className="mt-3">
        <Refusal
          problem={form.problem}
          others={form.others}
          unsure={id === undefined ? 'It may have been created all the same: look at Locations before you send it again.' : undefined}
        />
      </div>
      <button className="btn btn-primary" type="submit" disabled={form.pending}>
        {form.pending ? submitting : submit}
      </button>
    </form>
  );
}

/** Says which country the letters mean, so that AT is not taken for AU. */
function countryHint(code: string): string {
  const name = /^[A-Z]{2}$/.test(code) ? countryName(code) : code;
  return name === code ? 'Two letters, such as DE for Germany' : name;
}
