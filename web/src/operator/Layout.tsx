import { Outlet } from 'react-router';

import { SubNav } from '../ui/SubNav';
import './operator.css';

const sections = [
  { to: '/operator', name: 'Health', also: [] },
  { to: '/operator/journeys', name: 'Journeys', also: ['/operator/traces'] },
  { to: '/operator/dead-letters', name: 'Dead letters' },
];

/** The operator's pages below their own navigation. */
export function Layout() {
  return (
    <>
      <SubNav label="Operator" sections={sections} />
      <Outlet />
    </>
  );
}
