/** Says that what a form was filled from is no longer what there is. The form keeps what was typed, and sends nothing else. */
export function ChangedMeanwhile({ what, show }: { what: string; show: () => void }) {
  return (
    <div className="alert alert-warning" role="status">
      The {what} was changed elsewhere since you opened this form. If you save now, what you changed here is saved, and everything
      else stays as it is there.{' '}
      <button type="button" className="btn btn-link alert-link p-0 align-baseline" onClick={show}>
        Fill the form anew
      </button>
    </div>
  );
}
