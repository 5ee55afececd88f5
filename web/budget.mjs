// What a first visit may cost, checked by `npm run build`: the entry of the page and everything it imports statically,
// compressed as it travels. What a visitor may never open (the pages of organizers and operators) is imported lazily, and
// does not count.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const KiB = 1024;

/** Compressed bytes by kind of file. */
export const budget = { script: 150 * KiB, style: 50 * KiB };

/**
 * The files of a first visit, from Vite's manifest: https://vite.dev/guide/backend-integration.
 *
 * @param {Record<string, {file: string, isEntry?: boolean, imports?: string[], css?: string[]}>} manifest
 * @returns {{script: string[], style: string[]}}
 */
export function firstLoad(manifest) {
  const script = new Set();
  const style = new Set();
  const visited = new Set();
  const visit = (key) => {
    if (visited.has(key)) {
      return;
    }
    visited.add(key);
    const chunk = manifest[key];
    if (chunk === undefined) {
      throw new Error(`the manifest names ${key}, but has no such chunk`);
    }
    script.add(chunk.file);
    chunk.css?.forEach((file) => style.add(file));
    chunk.imports?.forEach(visit);
  };
  const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
  if (entries.length === 0) {
    throw new Error('the manifest has no entry');
  }
  entries.forEach(visit);
  return { script: [...script], style: [...style] };
}

/**
 * Weighs the first visit of the page that Vite has built into a folder.
 *
 * @param {string} folder
 * @returns {{kind: string, files: number, bytes: number, limit: number}[]}
 */
export function weigh(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8'));
  return Object.entries(firstLoad(manifest)).map(([kind, files]) => ({
    kind,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0),
    limit: budget[kind],
  }));
}

/**
 * @param {string} folder
 * @returns {number} the exit code: 1 where anything is above its budget
 */
export function check(folder) {
  let code = 0;
  for (const { kind, files, bytes, limit } of weigh(folder)) {
    const line = `first load, ${kind}: ${inKiB(bytes)} of ${inKiB(limit)} KiB compressed, in ${files} files`;
    if (bytes > limit) {
      stderr.write(`${line}: above the budget\n`);
      code = 1;
    } else {
      stdout.write(`${line}\n`);
    }
  }
  return code;
}

function inKiB(bytes) {
  return (bytes / KiB).toFixed(1);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  exit(check(fileURLToPath(new URL('dist/page', import.meta.url))));
}
