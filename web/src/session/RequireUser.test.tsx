import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { show } from '../testing/show';
import { RequireUser } from './RequireUser';

describe('a page for members', () => {
  it('asks strangers to sign in, and to come back', async () => {
    const { router } = show(<RequireUser />, { user: null });
    await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'));
    expect(router.state.location.state).toEqual({ from: '/', ended: false });
  });

  it('tells whoever lacks the role how to get it', () => {
    show(<RequireUser role="operator" />);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('For operators only');
  });
});
