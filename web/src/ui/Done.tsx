import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';

/** What was done last, to be said on the page where one is now: told by the page before as the state's `done`, or by this one. */
export function useDone(): [string | undefined, (what: string | undefined) => void] {
  const state: unknown = useLocation().state;
  const told = typeof state === 'object' && state !== null && 'done' in state ? String(state.done) : undefined;
  return useState(told);
}

/**
 * Says what was done. What was done on this page takes the focus: the button that did it may be far below, or gone. Where one
 * comes from another page, the heading has it.
 */
export function Done({ children }: { children: string | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(children);
  useEffect(() => {
    if (children !== before.current && children !== undefined) {
      place.current?.focus();
    }
    before.current = children;
  }, [children]);
  return (
    <div role="status" ref={place} tabIndex={-1}>
      {children !== undefined && <p className="alert alert-success">{children}</p>}
    </div>
  );
}
