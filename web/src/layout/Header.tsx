import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, NavLink, useLocation, useNavigate } from 'react-router';

import type { Role } from '../api/types';
import { nobody, signOut } from '../session/session';
import { useUser } from '../session/useUser';
import { backTo } from '../session/whereFrom';
import { tracer } from '../tracing/page';
import { wordsOf } from '../ui/words';

interface Place {
  to: string;
  name: string;
  role?: Role;
}

const places: Place[] = [
  { to: '/', name: 'Events' },
  { to: '/bookings', name: 'My bookings', role: 'customer' },
  { to: '/organizer', name: 'Organizer', role: 'organizer' },
  { to: '/operator', name: 'Operator', role: 'operator' },
];

/** The head of every page: where one can go, by role, and who is there. */
export function Header() {
  const user = useUser();
  return (
    <header className="border-bottom">
      <div className="container d-flex flex-wrap align-items-center gap-2 py-2">
        <Link className="navbar-brand fw-semibold me-2" to="/">
          MyEvents
        </Link>
        <nav aria-label="Main" className="order-2 order-md-1 col-12 col-md-auto">
          <ul className="nav nav-underline gap-3 flex-nowrap overflow-x-auto places">
            {places
              .filter(({ role }) => role === undefined || user?.roles?.includes(role))
              .map(({ to, name }) => (
                <li key={to} className="nav-item text-nowrap">
                  <NavLink className="nav-link" to={to} end={to === '/'}>
                    {name}
                  </NavLink>
                </li>
              ))}
          </ul>
        </nav>
        <div className="order-1 order-md-2 ms-auto d-flex align-items-center gap-2 account">
          {user === null && <Strangers />}
          {user && <SignedIn name={user.first_name} />}
        </div>
      </div>
    </header>
  );
}

function Strangers() {
  const location = useLocation();
  const state = location.pathname.startsWith('/sign-') ? location.state : backTo(location);
  return (
    <>
      <Link className="btn btn-sm btn-outline-secondary" to="/sign-in" state={state}>
        Sign in
      </Link>
      <Link className="btn btn-sm btn-primary" to="/sign-up" state={state}>
        Sign up
      </Link>
    </>
  );
}

function SignedIn({ name }: { name: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate('/', { flushSync: true });
      nobody(client);
    },
  });
  return (
    <>
      <span role="alert" className="small text-danger-emphasis">
        {error && `You are still signed in. ${wordsOf(error).what}`}
      </span>
      <span className="text-truncate account-name">{name}</span>
      <button
        type="button"
        className="btn btn-sm btn-outline-secondary text-nowrap"
        disabled={isPending}
        onClick={() => {
          tracer.action('click Sign out');
          mutate();
        }}
      >
        Sign out
      </button>
    </>
  );
}
