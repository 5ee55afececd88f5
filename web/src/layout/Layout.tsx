import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Outlet, ScrollRestoration, useNavigation } from 'react-router';

import { settingsQuery } from '../api/settings';
import { useRenewal } from '../session/useRenewal';
import { tracer } from '../tracing/page';
import { Footer } from './Footer';
import { Header } from './Header';
import { useOnline } from './useOnline';

/** What every page has around it. */
export function Layout() {
  useRenewal();
  useTracing();
  const leaving = useNavigation().state !== 'idle'; // to a part of the page that is still being loaded
  return (
    <>
      <a className="skip-link visually-hidden-focusable btn btn-primary" href="#content">
        Skip to content
      </a>
      <Header />
      <OfflineBanner />
      <main id="content" className="container py-3" tabIndex={-1} aria-busy={leaving}>
        <Outlet />
      </main>
      <Footer />
      <ScrollRestoration />
    </>
  );
}

/** Says that the network is away. It is always there, so that its text is announced when it comes. */
function OfflineBanner() {
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <div className="bg-warning-subtle text-warning-emphasis border-bottom">
          <div className="container py-2">You are offline. What you see may be old; nothing can be booked until the network is back.</div>
        </div>
      )}
    </div>
  );
}

/** Begins to trace once the platform has said that it wants to know, and how much. */
function useTracing(): void {
  const { data: settings } = useQuery(settingsQuery);
  useEffect(() => {
    if (settings?.spans) {
      tracer.start(settings.sample_ratio);
    }
  }, [settings]);
}
