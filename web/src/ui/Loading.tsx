/** Holds the place of what is on its way, in so many lines, so that nothing jumps when it comes. */
export function Loading({ what = 'Loading', lines = 3 }: { what?: string; lines?: number }) {
  return (
    <div role="status" className="placeholder-glow loading">
      <span className="visually-hidden">{what} …</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={`placeholder rounded ${line % 3 === 2 ? 'col-7' : 'col-12'}`} aria-hidden="true" />
      ))}
    </div>
  );
}
