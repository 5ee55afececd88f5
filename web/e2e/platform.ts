import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './until.ts';

const binary = process.env.MYEVENTS ?? fileURLToPath(new URL('../../build/bin/myevents', import.meta.url));

/** A fault that a service of the platform is made to have: docs/operations.md, drills. */
export interface Fault {
  name: 'poison-message' | 'http-errors';
  service: string;
  value: string | number;
}

/** The whole platform in one process of its own, with the demo data, on ports that were free and in a folder of its own. */
export class Platform {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    /** Where people find it. */
    readonly url: string,
    private readonly admin: string,
  ) {}

  /** Returns when the platform is ready. */
  static async start(): Promise<Platform> {
    const folder = mkdtempSync(join(tmpdir(), 'myevents-'));
    writeFileSync(faultsFile(folder), JSON.stringify(flags([])));
    const process = spawn(
      binary,
      [
        'serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--data', join(folder, 'data'), '--demo',
        '--password-cost', '4', '--rate-limit', '0', '--fault-flags', faultsFile(folder),
        '--zipkin-link', 'https://zipkin.example', '--grafana-link', 'https://grafana.example', '--kibana-link', 'https://kibana.example',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let output = '';
    process.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    process.on('error', (error) => (output += error.message));
    const find = (line: RegExp) => line.exec(output)?.[1];
    try {
      const [url, admin] = await until('the platform is up', () => {
        if (process.exitCode !== null || process.pid === undefined) {
          throw new Error(`${binary} ended`);
        }
        const api = find(/^ +API +(http\S+)\/api\/v1$/m);
        const metrics = find(/^ +metrics +(http\S+)\/metrics$/m);
        return api !== undefined && metrics !== undefined && ([api, metrics] as const);
      });
      const platform = new Platform(process, folder, url, admin);
      await until('the platform is ready', async () => (await fetch(`${admin}/readyz`)).ok);
      return platform;
    } catch (error) {
      if (process.pid !== undefined) {
        process.kill('SIGKILL'); // without a process of ours, Node would send it to everybody in our group
      }
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`${String(error)}\n${output}`);
    }
  }

  /** Ends the process as an operator would, and says where it did not end cleanly. */
  async stop(): Promise<void> {
    const ended = this.process.exitCode === null ? once(this.process, 'exit') : Promise.resolve([this.process.exitCode]);
    this.process.kill('SIGINT');
    const killer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    const [code] = (await ended) as [number | null];
    clearTimeout(killer);
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) {
      throw new Error(`the platform ended with ${code ?? 'a signal'}`);
    }
  }

  /** Makes the services have these faults and no others; returns when they do. */
  async fail(...faults: Fault[]): Promise<void> {
    writeFileSync(faultsFile(this.folder), JSON.stringify(flags(faults)));
    await until('the faults are switched', async () => {
      const metrics = await (await fetch(`${this.admin}/metrics`)).text();
      const active = metrics.match(/^myevents_injected_faults\{.*\} 1$/gm) ?? [];
      const present = ({ name, service }: Fault) => active.some((line) => line.includes(`"${name}"`) && line.includes(`"${service}"`));
      return active.length === faults.length && faults.every(present);
    });
  }
}

function faultsFile(folder: string): string {
  return join(folder, 'faults.flagd.json');
}

/** The faults as a document of flagd, which is what the platform reads. */
function flags(faults: Fault[]) {
  return {
    $schema: 'https://flagd.dev/schema/v0/flags.json',
    flags: Object.fromEntries(
      faults.map(({ name, service, value }) => [
        name,
        {
          state: 'ENABLED',
          defaultVariant: 'off',
          variants: { off: typeof value === 'string' ? '' : 0, on: value },
          targeting: { if: [{ '==': [{ var: 'service' }, service] }, 'on'] },
        },
      ]),
    ),
  };
}
