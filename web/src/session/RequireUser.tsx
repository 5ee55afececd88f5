import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from 'react-router';

import type { Role } from '../api/types';
import { Loading } from '../ui/Loading';
import { PageHeading } from '../ui/PageHeading';
import { ProblemMessage } from '../ui/ProblemMessage';
import { userQuery } from './useUser';
import { backTo } from './whereFrom';

/** Shows the pages below it to whoever is signed in, and has the role. The API guards what is in them; this only saves a detour. */
export function RequireUser({ role }: { role?: Role }) {
  const location = useLocation();
  const { data: user, error, refetch } = useQuery(userQuery);
  if (user === null) {
    return <Navigate to="/sign-in" replace state={backTo(location)} />;
  }
  if (error && user === undefined) {
    return <ProblemMessage failure={error} retry={() => void refetch()} />;
  }
  if (user === undefined) {
    return <Loading />;
  }
  if (role !== undefined && !user.roles?.includes(role)) {
    return (
      <>
        <PageHeading>{`For ${role}s only`}</PageHeading>
        <p>
          This part of the page is for {role}s. An operator of the platform can give you the role; sign in again once you have it.
        </p>
      </>
    );
  }
  return <Outlet />;
}
