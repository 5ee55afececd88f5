import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from 'react-router';

import { tracer } from '../tracing/page';
import { FormProblem } from '../ui/FormProblem';
import { TextField } from '../ui/Field';
import { PageHeading } from '../ui/PageHeading';
import { signIn } from './session';
import { whereFrom } from './whereFrom';

/** Where people sign in; they come back to where they were. */
export function SignInPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { state } = useLocation();
  const { from, ended } = whereFrom(state);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (form: FormData) => signIn(client, { email: text(form, 'email'), password: text(form, 'password') }),
    onSuccess: () => navigate(from, { replace: true }),
  });
  return (
    <div className="narrow">
      <PageHeading>Sign in</PageHeading>
      {ended && (
        <div className="alert alert-warning" role="status">
          Your session has ended. Sign in again to go on where you were.
        </div>
      )}
      <FormProblem failure={error} fields={['email', 'password']} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          tracer.action('click Sign in');
          mutate(new FormData(event.currentTarget));
        }}
      >
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required failure={error} />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required failure={error} />
        <button className="btn btn-primary" disabled={isPending}>
          {isPending ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
      <p className="mt-4">
        New here?{' '}
        <Link to="/sign-up" state={state}>
          Sign up
        </Link>
      </p>
    </div>
  );
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? '');
}
