import type { RouteObject } from 'react-router';

import { EventPage } from './EventPage';
import { Layout } from './Layout';
import { LocationPage } from './LocationPage';
import { Locations } from './Locations';
import { MyEvents } from './MyEvents';
import { NewEvent } from './NewEvent';
import { NewLocation } from './NewLocation';

/** The organizer's pages, below /organizer. */
export const organizerRoutes: RouteObject[] = [
  {
    element: <Layout />,
    children: [
      { index: true, element: <MyEvents /> },
      { path: 'events/new', element: <NewEvent /> },
      { path: 'events/:id', element: <EventPage /> },
      { path: 'locations', element: <Locations /> },
      { path: 'locations/new', element: <NewLocation /> },
      { path: 'locations/:id', element: <LocationPage /> },
    ],
  },
];
