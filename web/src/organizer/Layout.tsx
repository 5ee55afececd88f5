import { Outlet } from 'react-router';

import { SubNav } from '../ui/SubNav';
import './organizer.css';

const sections = [
  { to: '/organizer', name: 'My events', also: ['/organizer/events'] },
  { to: '/organizer/locations', name: 'Locations' },
];

/** The organizer's pages below their own navigation. */
export function Layout() {
  return (
    <>
      <SubNav label="Organizer" sections={sections} />
      <Outlet />
    </>
  );
}
