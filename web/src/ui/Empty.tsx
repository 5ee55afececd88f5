import type { ReactNode } from 'react';

/** Says that there is nothing, and as its children what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty border rounded text-center p-4">
      <p className="fs-5 mb-1">{title}</p>
      {children && <div className="text-body-secondary">{children}</div>}
    </div>
  );
}
