import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';

import { Api, type Person } from './api.ts';
import { Platform } from './platform.ts';

export { expect } from '@playwright/test';

interface Fixtures {
  /** Opens a browser of somebody's own, signed in where that is a person. */
  visit: (who?: Person) => Promise<Page>;
}

interface Shared {
  platform: Platform;
  api: Api;
}

/** A test has a platform, which it shares with tests before and after it, and never with one that runs beside it. */
export const test = base.extend<Fixtures, Shared>({
  platform: [
    // Playwright reads from the pattern what a fixture needs: nothing.
    async ({}, use) => {
      const platform = await Platform.start();
      await use(platform);
      await platform.stop();
    },
    { scope: 'worker' },
  ],
  api: [async ({ platform }, use) => use(new Api(platform.url)), { scope: 'worker' }],
  baseURL: async ({ platform }, use) => use(platform.url),
  visit: async ({ browser, platform }, use) => {
    const contexts: BrowserContext[] = [];
    const offences: string[] = [];
    await use(async (who) => {
      const context = await browser.newContext(); // as the configuration has it
      contexts.push(context);
      await watch(context, platform.url, offences);
      if (who !== undefined) {
        await signIn(context, who);
      }
      return context.newPage();
    });
    expect(offences, 'what no page may ever do').toEqual([]);
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/** Signs the browser in without the form, which has tests of its own. */
export async function signIn(context: BrowserContext, { email, password }: Person): Promise<void> {
  const answer = await context.request.post('/api/v1/browser/session', { data: { email, password } });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Notes what is an offence on any page: a breach of its security policy, a request to somebody else, an error nobody caught. */
async function watch(context: BrowserContext, origin: string, offences: string[]): Promise<void> {
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) {
      offences.push(`asked ${request.url()}`);
    }
  });
  context.on('weberror', (error) => offences.push(`threw ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      offences.push(`complained: ${message.text()}`); // such as React of what it had to catch
    }
  });
  await context.exposeFunction('reportBreach', (breach: string) => offences.push(`broke its policy: ${breach}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as unknown as { reportBreach: (breach: string) => void }).reportBreach;
      report(`${event.effectiveDirective} ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
    });
  });
}
