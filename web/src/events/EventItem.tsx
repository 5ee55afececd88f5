import { Link } from 'react-router';

import type { EventHit } from '../api/types';
import { SeatsLeft } from '../seats/SeatsLeft';
import type { Seats } from '../seats/feed';
import { Highlighted, plain } from '../ui/Highlighted';
import { countryName, dateTime, money } from '../ui/format';

/** One event of the list. What the search index says of its seats would be old, so they come from elsewhere. */
export function EventItem({ hit, seats }: { hit: EventHit; seats: Seats | undefined }) {
  return (
    <li className="list-group-item">
      <div className="d-flex justify-content-between gap-3">
        <h2 className="h6 mb-1 text-break">
          <Link to={`/events/${hit.id}`}>
            <Marked hit={hit} field="name" />
          </Link>
        </h2>
        <span className="text-nowrap">{money(hit.price)}</span>
      </div>
      <div className="d-flex justify-content-between gap-3 small">
        <span className="text-body-secondary">
          <time dateTime={hit.starts_at}>{dateTime(hit.starts_at)}</time>
          <br />
          <span className="text-break">
            <Marked hit={hit} field="location_name" />, {countryName(hit.country)}
          </span>
        </span>
        <SeatsLeft seats={hit.status === 'cancelled' ? { seats_left: 0, status: hit.status } : seats} />
      </div>
    </li>
  );
}

/** A field with its matches marked. The index may cut long text; then the whole is shown unmarked. */
function Marked({ hit, field }: { hit: EventHit; field: 'name' | 'location_name' }) {
  const marked = hit.highlights?.[field]?.[0];
  return marked !== undefined && plain(marked) === hit[field] ? <Highlighted text={marked} /> : hit[field];
}
