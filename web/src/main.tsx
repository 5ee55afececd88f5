import 'bootstrap/dist/css/bootstrap.min.css';
import './styles.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';

import { newQueryClient } from './api/queries';
import { followSystemTheme } from './layout/theme';
import { patternOf, routes } from './routes';
import { nobody } from './session/session';
import { userQuery } from './session/useUser';
import { backTo } from './session/whereFrom';
import { sendBeforeLeaving, tracer } from './tracing/page';

followSystemTheme();
sendBeforeLeaving();

const router = createBrowserRouter(routes);

const client = newQueryClient(() => void askToSignIn());

/** Takes whoever is no longer signed in to the sign-in page, and from there back. */
async function askToSignIn(): Promise<void> {
  const ended = Boolean(client.getQueryData(userQuery.queryKey));
  const { location } = router.state;
  if (location.pathname !== '/sign-in') {
    await router.navigate('/sign-in', { state: backTo(location, ended), flushSync: true });
  }
  nobody(client);
}

let path = router.state.location.pathname;
router.subscribe(({ location, navigation }) => {
  const next = (navigation.location ?? location).pathname;
  if (next !== path) {
    path = next;
    tracer.action(`navigate ${patternOf(next)}`);
  }
});

const page = document.getElementById('page');
if (page) {
  createRoot(page).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
