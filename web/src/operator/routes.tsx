import type { RouteObject } from 'react-router';

import { DeadLetterPage } from './DeadLetterPage';
import { DeadLetters } from './DeadLetters';
import { Health } from './Health';
import { Journeys } from './Journeys';
import { Layout } from './Layout';
import { TracePage } from './TracePage';

/** The operator's pages, below /operator. */
export const operatorRoutes: RouteObject[] = [
  {
    element: <Layout />,
    children: [
      { index: true, element: <Health /> },
      { path: 'journeys', element: <Journeys /> },
      { path: 'traces/:id', element: <TracePage /> },
      { path: 'dead-letters', element: <DeadLetters /> },
      { path: 'dead-letters/:id', element: <DeadLetterPage /> },
    ],
  },
];
