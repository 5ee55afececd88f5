import { Link, useLocation } from 'react-router';

/** A page, and where the others begin that belong to it. */
export interface Section {
  to: string;
  name: string;
  also?: readonly string[];
}

/** The navigation of a part of the page. The current section is marked on the pages below it too. */
export function SubNav({ label, sections }: { label: string; sections: readonly Section[] }) {
  const { pathname } = useLocation();
  const isBelow = (start: string) => pathname === start || pathname.startsWith(`${start}/`);
  return (
    <nav aria-label={label} className="mb-3">
      <ul className="nav nav-underline">
        {sections.map(({ to, name, also = [to] }) => (
          <li className="nav-item" key={to}>
            <Link
              className={`nav-link ${pathname === to || also.some(isBelow) ? 'active' : ''}`}
              aria-current={pathname === to ? 'page' : undefined}
              to={to}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
