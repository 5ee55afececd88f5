import { isRouteErrorResponse, useRouteError } from 'react-router';

import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';

/** Stands in for a page that broke, or a part of it that could not be loaded: the other pages go on. */
export function FailedPage() {
  const failure = useRouteError();
  if (isRouteErrorResponse(failure) && failure.status === 404) {
    return <MissingPage />;
  }
  return (
    <>
      <PageHeading>Something went wrong</PageHeading>
      <ProblemMessage failure={failure} retry={() => window.location.reload()} />
    </>
  );
}

/** Answers an address that is none of the page's. */
export function MissingPage() {
  return (
    <>
      <PageHeading>Nothing here</PageHeading>
      <p>
        There is no page at this address. <a href="/">See all events</a>.
      </p>
    </>
  );
}
