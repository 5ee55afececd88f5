import type { Schemas } from '../api/types';
import { count, number } from '../ui/format';

interface Props {
  event: Schemas['Event'];
  /** As of this moment. */
  left: number;
}

/** How many seats of an event are sold, as a bar and in words. */
export function Sold({ event: { name, capacity }, left }: Props) {
  const sold = Math.max(0, capacity - left); // for a moment after a change the two are not of the same time
  return (
    <>
      <div
        className="progress"
        role="progressbar"
        aria-label={`Sold of ${name}`}
        aria-valuenow={sold}
        aria-valuemin={0}
        aria-valuemax={capacity}
        aria-valuetext={`${sold} of ${count(capacity, 'seat')}`}
        style={{ height: '0.4rem' }}
      >
        <div className="progress-bar" style={{ width: `${(100 * sold) / capacity}%` }} />
      </div>
      <span className="small text-body-secondary text-nowrap">
        {number(sold)} of {number(capacity)}
      </span>
    </>
  );
}

/** Whether an event takes place, and whether one can still book. */
export function Status({ event, left }: Props) {
  if (event.status === 'cancelled') {
    return <span className="badge text-bg-secondary">Cancelled</span>;
  }
  if (Date.parse(event.starts_at) <= Date.now()) {
    return <span className="badge text-bg-secondary">Begun</span>;
  }
  return left === 0 ? <span className="badge text-bg-success">Sold out</span> : <span className="badge text-bg-primary">On sale</span>;
}
