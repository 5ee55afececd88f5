import { ProblemError } from '../api/problem';
import { wordsOf } from './words';

interface Props {
  failure: unknown;
  /** Sends the same again; there is a button for it where that can help. */
  retry?: () => void;
}

/** Says what went wrong and what to do next. */
export function ProblemMessage({ failure, retry }: Props) {
  const { what, next } = wordsOf(failure);
  const traceId = failure instanceof ProblemError && failure.passing ? failure.traceId : undefined; // for who can mend it
  return (
    <div className="alert alert-danger" role="alert">
      <p className="mb-0">
        <strong>{what}</strong> {next}
      </p>
      {traceId !== undefined && <p className="small mb-0 mt-1 text-break">Trace id: {traceId}</p>}
      {retry && (
        <button type="button" className="btn btn-danger btn-sm mt-2" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
