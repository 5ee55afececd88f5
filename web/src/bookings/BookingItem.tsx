import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'react-router';

import { tracer } from '../tracing/page';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ProblemMessage } from '../ui/ProblemMessage';
import { count, dateTime, money } from '../ui/format';
import { cancelBooking, showCancelled, type ListedBooking } from './queries';

const statuses: Record<ListedBooking['status'], { name: string; color: string }> = {
  confirmed: { name: 'Confirmed', color: 'text-bg-success' },
  rejected: { name: 'Rejected', color: 'text-bg-warning' },
  cancelled: { name: 'Cancelled', color: 'text-bg-secondary' },
};

const reasons: Record<string, string> = {
  'sold-out': 'The event was sold out.',
  'not-enough-seats': 'There were fewer seats left.',
  'event-cancelled': 'The event was cancelled.',
  'event-past': 'The event had begun.',
};

/** One booking of the list. */
export function BookingItem({ booking }: { booking: ListedBooking }) {
  const { name, color } = statuses[booking.status];
  const reason = 'reason' in booking ? reasons[booking.reason ?? ''] : undefined;
  const link = useRef<HTMLAnchorElement>(null);
  const cancellable = booking.status === 'confirmed' && Date.parse(booking.starts_at) > Date.now();
  return (
    <li className="list-group-item">
      <div className="d-flex justify-content-between align-items-start gap-3">
        <h2 className="h6 mb-1 text-break">
          <Link to={`/events/${booking.event_id}`} ref={link}>{booking.event_name}</Link>
        </h2>
        <span className={`badge ${color}`}>{name}</span>
      </div>
      <div className="d-flex flex-wrap justify-content-between align-items-end gap-2 small">
        <span className="text-body-secondary">
          <time dateTime={booking.starts_at}>{dateTime(booking.starts_at)}</time>
          <br />
          {count(booking.seats, 'seat')}
          {'total' in booking && `, ${money(booking.total)}`}
          {reason && `. ${reason}`}
        </span>
        {cancellable && <Cancel booking={booking} onCancelled={() => link.current?.focus()} />}
      </div>
    </li>
  );
}

/** The button to cancel with. It goes once that is done, and the focus that was on it must go somewhere. */
function Cancel({ booking, onCancelled }: { booking: ListedBooking; onCancelled: () => void }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => cancelBooking(booking.id),
    onSuccess: (cancelled) => {
      setAsked(false);
      showCancelled(client, cancelled);
      setTimeout(onCancelled, 0); // after the dialog has given the focus back
    },
  });
  return (
    <>
      <button
        type="button"
        className="btn btn-sm btn-outline-danger"
        aria-label={`Cancel the booking of ${booking.event_name}`}
        onClick={() => {
          reset();
          setAsked(true);
        }}
      >
        Cancel
      </button>
      {asked && (
        <ConfirmDialog
          title="Cancel this booking?"
          confirm={isPending ? 'Cancelling …' : 'Cancel booking'}
          busy={isPending}
          onConfirm={() => {
            tracer.action('click Cancel booking');
            mutate();
          }}
          onClose={() => setAsked(false)}
        >
          {error && <ProblemMessage failure={error} />}
          <p className="mb-0">
            {count(booking.seats, 'seat')} of {booking.event_name} will go back on sale. This cannot be undone.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
