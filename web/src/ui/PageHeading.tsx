import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/**
 * The heading of a page, which is the document's title too. It takes the focus when the page was reached from another one, so that
 * those who hear the page know where they are; the first page of a visit leaves the focus to the browser.
 */
export function PageHeading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { key, pathname } = useLocation();
  const arrived = key !== 'default'; // React Router's key of the first location
  useEffect(() => {
    if (arrived) {
      heading.current?.focus({ preventScroll: true });
    }
    // By the path only: what is searched for changes the location's key too, and must not take the focus from the search box.
  }, [pathname]);
  return (
    <>
      <title>{`${children} · MyEvents`}</title>
      <h1 className="page-heading" tabIndex={-1} ref={heading}>
        {children}
      </h1>
    </>
  );
}
