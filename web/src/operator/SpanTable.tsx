import { Fragment, useState, type CSSProperties } from 'react';

import { duration } from './duration';
import { SpanDetails } from './SpanDetails';
import type { Cut } from './timeline';
import { culprits, type Row, type Waterfall } from './waterfall';
import { number } from '../ui/format';

const atOnce = 100; // rows: more are shown when asked for, so that a trace of thousands opens quickly

/** The spans of a trace as a waterfall, each with its details where they are opened; at first those where the trouble began. */
export function SpanTable({ waterfall: { rows, timeline } }: { waterfall: Waterfall }) {
  const [all, showAll] = useState(false);
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const failing = new Set(culprits(rows).map(({ key }) => key));
  const isOpen = (key: string) => toggled.get(key) ?? failing.has(key);
  const shown = all ? rows : rows.slice(0, atOnce);
  return (
    <>
      <table className="table table-sm waterfall">
        <caption className="visually-hidden">Spans</caption>
        <thead>
          <tr>
            <th scope="col">Span</th>
            <th scope="col" className="d-none d-md-table-cell" aria-label="When">
              <div className="d-flex justify-content-between fw-normal small text-body-secondary">
                <span>0</span>
                <span>{duration(timeline.end - timeline.begin)}</span>
              </div>
            </th>
            <th scope="col" className="text-end">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Fragment key={row.key}>
              <SpanRow
                row={row}
                cuts={timeline.cuts}
                open={isOpen(row.key)}
                toggle={() => setToggled(new Map(toggled).set(row.key, !isOpen(row.key)))}
              />
              {isOpen(row.key) && (
                <tr>
                  <td colSpan={3} id={`details-${row.key}`} className="bg-body-tertiary">
                    <SpanDetails row={row} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" className="btn btn-outline-primary" onClick={() => showAll(true)}>
          Show all {number(rows.length)} spans
        </button>
      )}
    </>
  );
}

const kinds = { CLIENT: 'client', SERVER: 'server', PRODUCER: 'producer', CONSUMER: 'consumer' } as const;

function SpanRow({ row, cuts, open, toggle }: { row: Row; cuts: readonly Cut[]; open: boolean; toggle: () => void }) {
  const { span, depth, orphan } = row;
  return (
    <tr>
      <td className="span-name" style={{ '--depth': Math.min(depth, 12) } as CSSProperties}>
        <span className="visually-hidden">Level {depth + 1}: </span>
        <button type="button" className="btn btn-link" aria-expanded={open} aria-controls={`details-${row.key}`} onClick={toggle}>
          {span.name || span.id}
        </button>{' '}
        <span className="small text-body-secondary text-nowrap">
          {span.service} {span.kind && kinds[span.kind]}
        </span>{' '}
        {span.failed && <span className="badge text-bg-danger">Error</span>}{' '}
        {orphan && <span className="badge text-bg-secondary">Cause not here</span>}
        <div className="d-md-none">
          <Bar row={row} cuts={cuts} />
        </div>
      </td>
      <td className="d-none d-md-table-cell align-middle">
        <Bar row={row} cuts={cuts} />
      </td>
      <td className="text-end text-nowrap">{duration(span.duration_us)}</td>
    </tr>
  );
}

/** When and for how long, as a picture of what the table and the details say in words. */
function Bar({ row: { offset, width, colour, span }, cuts }: { row: Row; cuts: readonly Cut[] }) {
  return (
    <div className="track" aria-hidden="true">
      {cuts.map((cut) => (
        <div key={cut.at} className="cut" style={{ left: percent(cut.at), width: percent(cut.width) }} />
      ))}
      <div className={`bar service-${colour} ${span.failed ? 'failed' : ''}`} style={{ left: percent(offset), width: percent(width) }} />
    </div>
  );
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}
