import { count } from '../ui/format';
import type { Seats } from './feed';

/** Says how many seats are left; it keeps its place while that is not known. */
export function SeatsLeft({ seats }: { seats: Seats | undefined }) {
  if (seats === undefined) {
    return <span className="seats text-body-secondary">…</span>;
  }
  const { text, color } = sayings(seats);
  return <span className={`seats ${color}`}>{text}</span>;
}

const few = 10;

function sayings({ seats_left, status }: Seats): { text: string; color: string } {
  if (status === 'cancelled') {
    return { text: 'Cancelled', color: 'text-danger-emphasis' };
  }
  if (seats_left === 0) {
    return { text: 'Sold out', color: 'text-danger-emphasis' };
  }
  return { text: `${count(seats_left, 'seat')} left`, color: seats_left < few ? 'text-warning-emphasis fw-semibold' : '' };
}
