import { useId, type ComponentProps, type ReactNode } from 'react';

import { ProblemError } from '../api/problem';
import { sentence } from './words';

/** What every field of a form has. */
interface Labelled {
  label: string;
  /** The field's path in the API, such as halls[0].capacity: by it a problem finds its field. */
  name: string;
  /** What sending the form has failed with, if it has. */
  failure?: unknown;
  /** A mistake the page has found itself; it is said instead of the API's. */
  mistake?: string | undefined;
  hint?: ReactNode;
}

/** What is wrong with the field of that name, as a sentence; undefined where nothing is. */
export function mistakeOf(failure: unknown, name: string): string | undefined {
  const found = failure instanceof ProblemError ? failure.fields.find(({ field }) => field === name) : undefined;
  return found && sentence(found.rule);
}

/** The attributes that tie a field to its label, its hint and its mistake. */
function useLabelled({ label, name, failure, mistake, hint }: Labelled) {
  const id = useId();
  const wrong = mistake ?? mistakeOf(failure, name);
  const describedBy = [wrong && `${id}-mistake`, hint && `${id}-hint`].filter(Boolean).join(' ');
  const frame = (control: ReactNode) => (
    <div className="mb-3">
      <label className="form-label" htmlFor={id}>
        {label}
      </label>
      {control}
      {wrong && (
        <div className="invalid-feedback d-block" id={`${id}-mistake`}>
          {wrong}
        </div>
      )}
      {hint && (
        <div className="form-text" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
  const tied = { id, name, 'aria-invalid': wrong ? true : undefined, 'aria-describedby': describedBy || undefined };
  return { frame, tied, invalid: wrong ? 'is-invalid' : '' };
}

/** An input with its label, hint and mistake. */
export function TextField({ label, name, failure, mistake, hint, ...input }: Labelled & ComponentProps<'input'>) {
  const { frame, tied, invalid } = useLabelled({ label, name, failure, mistake, hint });
  return frame(<input {...input} {...tied} className={`form-control ${invalid}`} />);
}

/** A choice with its label, hint and mistake; its options are the children. */
export function SelectField({ label, name, failure, mistake, hint, ...select }: Labelled & ComponentProps<'select'>) {
  const { frame, tied, invalid } = useLabelled({ label, name, failure, mistake, hint });
  return frame(<select {...select} {...tied} className={`form-select ${invalid}`} />);
}
