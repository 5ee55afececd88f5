import { waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { ada, show, stubApi, success } from '../testing/show';
import { keepLife, renewalDue } from './life';
import { useRenewal } from './useRenewal';

function Page() {
  useRenewal();
  return <button type="button">Something</button>;
}

const renewals = () => stubApi(() => success({ user: ada, expires_at: new Date(Date.now() + 600_000).toISOString() }));

describe('the renewal of a session', () => {
  it('comes with the use of the page, when it is due, and once', async () => {
    const calls = renewals();
    const { person } = show(<Page />);
    expect(calls).toHaveLength(0);
    await person.keyboard('a');
    await waitFor(() => expect(renewalDue()).toBe(false));
    await person.keyboard('b');
    expect(calls).toMatchObject([{ method: 'PUT', path: '/api/v1/browser/session' }]);
  });

  it('does not come before it is due', async () => {
    const calls = renewals();
    keepLife(Date.now() + 600_000);
    const { person } = show(<Page />);
    await person.keyboard('a');
    expect(calls).toHaveLength(0);
  });

  it('does not come where nobody is signed in', async () => {
    const calls = renewals();
    const { person } = show(<Page />, { user: null });
    await person.keyboard('a');
    expect(calls).toHaveLength(0);
  });
});
