import { matchRoutes, useRoutes, type RouteObject } from 'react-router';

import { MyBookingsPage } from './bookings/MyBookingsPage';
import { EventListPage } from './events/EventListPage';
import { EventPage } from './events/EventPage';
import { FailedPage, MissingPage } from './layout/FailedPage';
import { Layout } from './layout/Layout';
import { RequireUser } from './session/RequireUser';
import { SignInPage } from './session/SignInPage';
import { SignUpPage } from './session/SignUpPage';
import { Loading } from './ui/Loading';

/** A part of the page that few open, and that is loaded when somebody does. */
function part(routes: () => Promise<RouteObject[]>): RouteObject['lazy'] {
  return async () => {
    const loaded = await routes();
    return { Component: () => useRoutes(loaded) };
  };
}

const pages: RouteObject[] = [
  { index: true, Component: EventListPage },
  { path: 'events/:id', Component: EventPage },
  { path: 'sign-in', Component: SignInPage },
  { path: 'sign-up', Component: SignUpPage },
  { element: <RequireUser />, children: [{ path: 'bookings', Component: MyBookingsPage }] },
  {
    element: <RequireUser role="organizer" />,
    children: [{ path: 'organizer/*', lazy: part(async () => (await import('./organizer/routes')).organizerRoutes) }],
  },
  {
    element: <RequireUser role="operator" />,
    children: [{ path: 'operator/*', lazy: part(async () => (await import('./operator/routes')).operatorRoutes) }],
  },
  { path: '*', Component: MissingPage },
];

/** All pages. One that breaks is replaced within the layout, so that there is a way on. */
export const routes: RouteObject[] = [
  { Component: Layout, HydrateFallback: Loading, children: [{ ErrorBoundary: FailedPage, children: pages }] },
];

/** The pattern of a path, such as /events/:id: what a span may be named by. */
export function patternOf(pathname: string): string {
  const matched = matchRoutes(routes, pathname) ?? [];
  return `/${matched.map(({ route }) => route.path).filter(Boolean).join('/')}`;
}
