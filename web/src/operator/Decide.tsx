import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { isProblem } from '../api/problem';
import { tracer } from '../tracing/page';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { ProblemMessage } from '../ui/ProblemMessage';
import { drop, letterQuery, lettersQuery, requeue, type Letter } from './deadLetters';

/** What can be done with a dead letter: it is processed again, or given up. Either way, if it works, it is gone from here. */
export function Decide({ letter: { id, type, service } }: { letter: Letter }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, ask] = useState(false);
  const gone = async (done: string) => {
    await navigate('/operator/dead-letters', { state: { done } });
    queries.removeQueries({ queryKey: letterQuery(id).queryKey });
    await queries.invalidateQueries({ queryKey: lettersQuery.queryKey });
  };
  const requeuing = useMutation({
    mutationFn: () => {
      tracer.action('requeue dead letter');
      return requeue(id);
    },
    onSuccess: () => gone(`${service} has processed the message ${type}. It is no longer a dead letter.`),
    onError: () => queries.invalidateQueries({ queryKey: letterQuery(id).queryKey }),
  });
  const dropping = useMutation({
    mutationFn: () => {
      tracer.action('drop dead letter');
      return drop(id);
    },
    onSuccess: () => gone(`The message ${type} is dropped. ${service} will never process it.`),
    onSettled: () => ask(false),
  });
  const busy = requeuing.isPending || dropping.isPending;
  return (
    <>
      {requeuing.isError && <RequeueProblem service={service} failure={requeuing.error} />}
      {dropping.isError && <ProblemMessage failure={dropping.error} retry={() => dropping.mutate()} />}
      <div className="d-flex gap-2 mb-3">
        <button type="button" className="btn btn-primary" disabled={busy} onClick={() => requeuing.mutate()}>
          {requeuing.isPending ? 'Processing …' : 'Requeue'}
        </button>
        <button type="button" className="btn btn-outline-danger" disabled={busy} onClick={() => ask(true)}>
          Drop
        </button>
      </div>
      {asking && (
        <ConfirmDialog
          title="Drop this message?"
          confirm={dropping.isPending ? 'Dropping …' : 'Drop'}
          busy={dropping.isPending}
          onConfirm={() => dropping.mutate()}
          onClose={() => ask(false)}
        >
          {service} will never know what it tells. This cannot be taken back; the audit trail keeps that you did it.
        </ConfirmDialog>
      )}
    </>
  );
}

function RequeueProblem({ service, failure }: { service: string; failure: Error }) {
  if (!isProblem(failure, 'requeue-failed')) {
    return <ProblemMessage failure={failure} />;
  }
  return (
    <p className="alert alert-danger" role="alert">
      {service} could not process the message this time either: the last of the failures below says why. Nothing is lost; remove
      the cause, then requeue it again.
    </p>
  );
}
