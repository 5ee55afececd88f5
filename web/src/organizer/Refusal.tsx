import { ProblemError } from '../api/problem';
import { ProblemMessage } from '../ui/ProblemMessage';

/** What an organizer is told where a change is not allowed, and what to do instead. */
const words: Readonly<Record<string, string>> = {
  'event-cancelled': 'This event is cancelled, and nothing of it can be changed any more. Hold a new one instead.',
  'event-past': 'This event has begun, and nothing of it can be changed any more.',
  'changed-meanwhile': 'Somebody else saved a change at the same moment, and yours was not saved. Send it again.',
  'not-your-event': 'This event is another organizer’s, and only they can change it.',
  'not-your-location': 'This location is another organizer’s, and only they can change it. You may hold events there all the same.',
};

interface Props {
  problem: Error | undefined;
  /** Rules of the API about what has no field here. */
  others?: readonly string[];
  /** What to do before it is sent again, where nobody knows whether it was done: nothing, if to do it twice does no harm. */
  unsure?: string | undefined;
}

/** Says why something was refused, as far as no field of the form says it; beside the button, where one looks after pressing it. */
export function Refusal({ problem, others = [], unsure }: Props) {
  if (problem === undefined && others.length === 0) {
    return null;
  }
  const said = problem instanceof ProblemError ? (words[problem.code] ?? inUse(problem)) : undefined;
  if (problem !== undefined && said === undefined) {
    const unknown = problem instanceof ProblemError && problem.passing;
    return (
      <>
        <ProblemMessage failure={problem} />
        {unknown && unsure !== undefined && <p>{unsure}</p>}
      </>
    );
  }
  return (
    <div className="alert alert-danger" role="alert">
      {said ?? `This was refused: ${others.join('; ')}.`}
    </div>
  );
}

/** The API says which hall, and for how many seats; the page, what to do about it. */
function inUse({ code, message }: ProblemError): string | undefined {
  return code === 'hall-in-use' ? `${message} Keep the hall that large, or move or cancel that event first.` : undefined;
}
