import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { budget, check, firstLoad, weigh } from './budget.mjs';

const entry = {
  file: 'assets/index.js', isEntry: true, imports: ['_shared.js'], dynamicImports: ['operator.tsx'], css: ['assets/index.css'],
};
const manifest = {
  'index.html': entry,
  '_shared.js': { file: 'assets/shared.js', imports: ['index.html'], css: ['assets/index.css'] },
  'operator.tsx': { file: 'assets/operator.js', css: ['assets/operator.css'], imports: ['index.html'] },
};

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'budget-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(file, content) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}

/** Writes a page of so many bytes of script that cannot be compressed. */
function build(bytes) {
  write('.vite/manifest.json', JSON.stringify(manifest));
  write('assets/index.js', randomBytes(bytes));
  write('assets/shared.js', '');
  write('assets/operator.js', randomBytes(budget.script));
  write('assets/index.css', 'body{}');
  write('assets/operator.css', '');
}

test('counts what is imported statically, each file once', () => {
  expect(firstLoad(manifest)).toEqual({ script: ['assets/index.js', 'assets/shared.js'], style: ['assets/index.css'] });
});

test('weighs compressed bytes', () => {
  build(0);
  write('assets/index.js', 'x'.repeat(budget.script));
  expect(weigh(folder).find(({ kind }) => kind === 'script')?.bytes).toBeLessThan(budget.script / 100);
});

test('passes below the budget', () => {
  build(budget.script - 1024);
  expect(check(folder)).toBe(0);
});

test('fails above the budget', () => {
  build(budget.script);
  expect(check(folder)).toBe(1);
});

test('says what a broken manifest lacks', () => {
  expect(() => firstLoad({})).toThrow('no entry');
  expect(() => firstLoad({ 'index.html': entry })).toThrow('_shared.js');
});
