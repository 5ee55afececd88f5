import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import type { Schemas } from '../api/types';
import { useUser } from '../session/useUser';
import { Empty } from '../ui/Empty';
import { count, countryName } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { locationsQuery } from './locations';

/** All locations; an organizer may hold events at any, and change the own ones. */
export function Locations() {
  const locations = useQuery(locationsQuery);
  return (
    <>
      <div className="d-flex flex-wrap gap-2 align-items-start justify-content-between">
        <PageHeading>Locations</PageHeading>
        <Link className="btn btn-primary" to="/organizer/locations/new">
          New location
        </Link>
      </div>
      {locations.isPending && <Loading what="Loading the locations" lines={5} />}
      {locations.isError && <ProblemMessage failure={locations.error} retry={() => void locations.refetch()} />}
      {locations.data?.length === 0 && (
        <Empty title="There are no locations yet">
          <Link to="/organizer/locations/new">Make the first one</Link>, with its halls.
        </Empty>
      )}
      {locations.data !== undefined && locations.data.length > 0 && <LocationTable locations={locations.data} />}
    </>
  );
}

function LocationTable({ locations }: { locations: readonly Schemas['Location'][] }) {
  const user = useUser();
  return (
    <table className="table align-middle">
      <caption className="visually-hidden">Locations</caption>
      <thead>
        <tr>
          <th scope="col">Location</th>
          <th scope="col">Halls</th>
          <th scope="col" className="d-none d-sm-table-cell">
            Opening hours
          </th>
          <th scope="col">Whose</th>
        </tr>
      </thead>
      <tbody>
        {locations.map(({ id, name, address, country, halls, opening_hours: hours, organizer_id: owner }) => (
          <tr key={id}>
            <td>
              <Link to={`/organizer/locations/${id}`}>{name}</Link>
              <div className="small text-body-secondary text-break">
                {address}, {countryName(country)}
              </div>
            </td>
            <td>
              {count(halls.length, 'hall')}
              <div className="small text-body-secondary">{count(halls.reduce((sum, { capacity }) => sum + capacity, 0), 'seat')}</div>
            </td>
            <td className="d-none d-sm-table-cell">{hours === undefined ? 'Not told' : `${hours.opens} to ${hours.closes}`}</td>
            <td>{owner === user?.id ? 'Yours' : 'Another’s'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
