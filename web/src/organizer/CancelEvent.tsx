import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { ProblemError } from '../api/problem';
import type { Schemas } from '../api/types';
import { tracer } from '../tracing/page';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { count, dateTime } from '../ui/format';
import { ProblemMessage } from '../ui/ProblemMessage';
import { cancelEvent } from './events';
import { Refusal } from './Refusal';

interface Props {
  event: Schemas['Event'];
  left: number;
  cancelled: (event: Schemas['Event']) => void;
}

/** Cancels an event, once the organizer has been asked. */
export function CancelEvent({ event, left, cancelled }: Props) {
  const sold = Math.max(0, event.capacity - left);
  const [asking, ask] = useState(false);
  const cancelling = useMutation({
    mutationFn: () => {
      tracer.action('cancel event');
      return cancelEvent(event.id);
    },
    onSuccess: cancelled,
    onSettled: () => ask(false),
  });
  return (
    <section aria-labelledby="cancel-event">
      <h2 className="h5" id="cancel-event">
        Cancel
      </h2>
      <p className="text-body-secondary">A cancelled event stays visible and cannot be booked. It cannot be taken back.</p>
      {cancelling.error !== null && <Failure failure={cancelling.error} retry={() => cancelling.mutate()} />}
      <button type="button" className="btn btn-outline-danger" onClick={() => ask(true)}>
        Cancel event
      </button>
      {asking && (
        <ConfirmDialog
          title={`Cancel ${event.name}?`}
          confirm={cancelling.isPending ? 'Cancelling …' : 'Cancel event'}
          busy={cancelling.isPending}
          onConfirm={() => cancelling.mutate()}
          onClose={() => ask(false)}
        >
          {dateTime(event.starts_at)}.{' '}
          {sold > 0 ? `${count(sold, 'seat')} ${sold === 1 ? 'is' : 'are'} sold already.` : 'Nothing is sold yet.'} This cannot be
          taken back.
        </ConfirmDialog>
      )}
    </section>
  );
}

function Failure({ failure, retry }: { failure: Error; retry: () => void }) {
  if (failure instanceof ProblemError && !failure.passing) {
    return <Refusal problem={failure} />;
  }
  return <ProblemMessage failure={failure} retry={retry} />;
}
