import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { PageHeading } from '../ui/PageHeading';
import { noLocation } from './locationDraft';
import { LocationForm } from './LocationForm';
import { locationQuery } from './locations';

/** Where an organizer makes a location. */
export function NewLocation() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <>
      <PageHeading>New location</PageHeading>
      <LocationForm
        initial={noLocation}
        submit="Create location"
        submitting="Creating …"
        saved={(location) => {
          void queries.invalidateQueries({ queryKey: ['locations', 'all'] });
          queries.setQueryData(locationQuery(location.id).queryKey, location);
          const done = 'The location is created. Events can be held in its halls.';
          void navigate(`/organizer/locations/${location.id}`, { state: { done } });
        }}
      />
    </>
  );
}
