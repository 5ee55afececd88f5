import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from 'react-router';

import { isProblem } from '../api/problem';
import { tracer } from '../tracing/page';
import { FormProblem } from '../ui/FormProblem';
import { TextField } from '../ui/Field';
import { PageHeading } from '../ui/PageHeading';
import { signUp } from './session';
import { whereFrom } from './whereFrom';

const fields = ['first_name', 'last_name', 'email', 'password'] as const;

/** Where people make an account. They are signed in by it, and go on where they were. */
export function SignUpPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { state } = useLocation();
  const { from } = whereFrom(state);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (form: FormData) => {
      const [first_name, last_name, email, password] = fields.map((name) => String(form.get(name) ?? ''));
      return signUp(client, { first_name: first_name ?? '', last_name: last_name ?? '', email: email ?? '', password: password ?? '' });
    },
    onSuccess: () => navigate(from, { replace: true }),
  });
  const taken = isProblem(error, 'email-taken') ? 'There is a user with this e-mail address already.' : undefined;
  return (
    <div className="narrow">
      <PageHeading>Sign up</PageHeading>
      <FormProblem failure={error} fields={fields} />
      {/* noValidate: the API says what is wrong with a field, in the same words for everybody. */}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          tracer.action('click Sign up');
          mutate(new FormData(event.currentTarget));
        }}
      >
        <TextField label="First name" name="first_name" autoComplete="given-name" required failure={error} />
        <TextField label="Last name" name="last_name" autoComplete="family-name" required failure={error} />
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required failure={error} mistake={taken} />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          failure={error}
          hint="At least 8 characters."
        />
        <button className="btn btn-primary" disabled={isPending}>
          {isPending ? 'Signing up …' : 'Sign up'}
        </button>
      </form>
      <p className="mt-4">
        You have an account?{' '}
        <Link to="/sign-in" state={state}>
          Sign in
        </Link>
      </p>
    </div>
  );
}
