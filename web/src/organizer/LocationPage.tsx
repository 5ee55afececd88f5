import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';

import type { Schemas } from '../api/types';
import { useUser } from '../session/useUser';
import { Done, useDone } from '../ui/Done';
import { count, countryName } from '../ui/format';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { ChangedMeanwhile } from './ChangedMeanwhile';
import { draftOfLocation } from './locationDraft';
import { LocationForm } from './LocationForm';
import { locationQuery } from './locations';

type Location = Schemas['Location'];

/** One location: its organizer changes it here, others see what there is. */
export function LocationPage() {
  const { id = '' } = useParams();
  const location = useQuery(locationQuery(id));
  if (location.data !== undefined) {
    return <Loaded key={id} location={location.data} />;
  }
  return (
    <>
      <PageHeading>Location</PageHeading>
      {location.isPending ? (
        <Loading what="Loading the location" lines={6} />
      ) : (
        <ProblemMessage failure={location.error} retry={() => void location.refetch()} />
      )}
    </>
  );
}

function Loaded({ location }: { location: Location }) {
  const queries = useQueryClient();
  const user = useUser();
  const [edited, edit] = useState(location); // as it was when the form was filled from it
  const [done, say] = useDone();
  const saved = (now: Location) => {
    queries.setQueryData(locationQuery(now.id).queryKey, now);
    void queries.invalidateQueries({ queryKey: ['locations', 'all'] });
    say(now.version === edited.version ? 'There was nothing to change.' : 'Your changes are saved. Events to come show them in a moment.');
    edit(now);
  };
  return (
    <>
      <PageHeading>{location.name}</PageHeading>
      <Done>{done}</Done>
      {location.organizer_id === user?.id ? (
        <>
          {location.version > edited.version && <ChangedMeanwhile what="location" show={() => edit(location)} />}
          <div onInput={() => say(undefined)}>
            <LocationForm
              key={edited.version}
              id={edited.id}
              initial={draftOfLocation(edited)}
              submit="Save changes"
              submitting="Saving …"
              saved={saved}
            />
          </div>
        </>
      ) : (
        <Facts location={location} />
      )}
    </>
  );
}

function Facts({ location: { address, country, opening_hours: hours, halls } }: { location: Location }) {
  return (
    <>
      <p className="alert alert-secondary">
        This location is another organizer’s, and only they can change it. You may hold events there all the same.
      </p>
      <p>
        {address}, {countryName(country)}
        {hours !== undefined && `, open from ${hours.opens} to ${hours.closes}`}
      </p>
      <h2 className="h5">Halls</h2>
      <ul>
        {halls.map(({ name, capacity }) => (
          <li key={name}>
            {name}: {count(capacity, 'seat')}
          </li>
        ))}
      </ul>
    </>
  );
}
