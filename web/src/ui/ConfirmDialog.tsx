import { useEffect, useId, useRef, type ReactNode } from 'react';

interface Props {
  title: string;
  children: ReactNode;
  /** The words on the two buttons. */
  confirm: string;
  keep?: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is done that cannot be undone. It is open for as long as it is rendered; Escape and "keep" close it. */
export function ConfirmDialog({ title, children, confirm, keep = 'Keep it', busy = false, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back to what opened it
  }, []);
  return (
    <dialog
      ref={dialog}
      className="confirm rounded border"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault(); // whoever renders it closes it
        onClose();
      }}
    >
      <h2 className="h5" id={id}>
        {title}
      </h2>
      <div className="mb-3">{children}</div>
      <div className="d-flex gap-2 justify-content-end flex-wrap">
        <button type="button" className="btn btn-outline-secondary" onClick={onClose} autoFocus>
          {keep}
        </button>
        <button type="button" className="btn btn-danger" onClick={onConfirm} disabled={busy}>
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
