import { useEffect, useRef } from 'react';

import { TextField } from '../ui/Field';
import type { HallDraft, LocationDraft } from './locationDraft';
import type { Form } from './useForm';

interface Props {
  halls: readonly HallDraft[];
  part: Form<LocationDraft>['part'];
  change: (halls: HallDraft[]) => void;
  add: () => void;
}

/** The halls of a location, of which there is at least one. */
export function Halls({ halls, part, change, add }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const shown = useRef(halls.length);
  useEffect(() => {
    // A hall that was added is what one fills in next; after one was removed, its button is gone and the focus with it.
    if (halls.length !== shown.current) {
      const last = list.current?.querySelectorAll('fieldset').item(halls.length - 1);
      last?.querySelector('input')?.focus();
    }
    shown.current = halls.length;
  }, [halls.length]);
  const replace = (i: number, difference: Partial<HallDraft>) =>
    change(halls.map((hall, place) => (place === i ? { ...hall, ...difference } : hall)));
  return (
    <div ref={list}>
      {halls.map(({ key, name, capacity }, i) => (
        <fieldset key={key} className="border rounded px-3 pt-2 mb-3">
          <legend className="float-none w-auto fs-6 px-1 mb-0">Hall {i + 1}</legend>
          <div className="row">
            <div className="col-sm">
              <TextField
                label="Hall name"
                {...part(`halls[${i}].name`)}
                value={name}
                onChange={({ target }) => replace(i, { name: target.value })}
                autoComplete="off"
              />
            </div>
            <div className="col-sm">
              <TextField
                label="Hall capacity"
                {...part(`halls[${i}].capacity`)}
                value={capacity}
                onChange={({ target }) => replace(i, { capacity: target.value })}
                inputMode="numeric"
                autoComplete="off"
              />
            </div>
            {halls.length > 1 && (
              <div className="col-sm-auto pt-sm-2 mt-sm-4 mb-3">
                <button
                  type="button"
                  className="btn btn-outline-secondary"
                  aria-label={`Remove hall ${i + 1}`}
                  onClick={() => change(halls.filter((_, place) => place !== i))}
                >
                  Remove
                </button>
              </div>
            )}
          </div>
        </fieldset>
      ))}
      <button type="button" className="btn btn-outline-secondary btn-sm" onClick={add}>
        Add hall
      </button>
    </div>
  );
}
