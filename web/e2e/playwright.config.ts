import { defineConfig } from '@playwright/test';

import { findChromium } from './chromium.ts';

export default defineConfig({
  testDir: '.',
  outputDir: '../../build/e2e', // traces of what failed: npx playwright show-trace
  fullyParallel: false, // the tests of a file share a platform, and some make it fail on purpose
  workers: 2,
  retries: 0, // what passes at the second attempt is broken
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['junit', { outputFile: '../../build/junit-web.xml' }]],
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    actionTimeout: 10_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: findChromium(),
      // Chromium refuses to run as root with its sandbox, and would speak to its maker while the tests run.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
