import { ProblemError } from '../api/problem';
import { ProblemMessage } from './ProblemMessage';
import { sentence } from './words';

interface Props {
  failure: unknown;
  /** The fields that the form shows, and whose problems are said beside them. */
  fields: readonly string[];
}

/** Says above a form what failed: everything that no field of it says. */
export function FormProblem({ failure, fields }: Props) {
  if (!failure) {
    return null;
  }
  const others = failure instanceof ProblemError ? failure.fields.filter(({ field }) => !fields.includes(field)) : [];
  return (
    <>
      <ProblemMessage failure={failure} />
      {others.length > 0 && (
        <ul className="text-danger-emphasis">
          {others.map(({ field, rule }) => (
            <li key={field}>
              {field}: {sentence(rule)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
