import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where the machine's Chromium is: what CHROMIUM says, or one of the usual names. Nothing is ever downloaded. */
export function findChromium(): string {
  const candidates = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : names.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new Error(
      process.env.CHROMIUM
        ? `CHROMIUM names ${process.env.CHROMIUM}, which cannot be executed`
        : 'no Chromium found: install the Debian package chromium, or name the program in CHROMIUM',
    );
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
