import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../../src/kernel/index.ts';

/** What a child said last on standard error, for when it fails. */
const SAID_LINES_MAX = 40;

export interface Child {
  readonly pid: number;
  /** The first line on standard output, as JSON; null when the process ended before it said anything. */
  readonly ready: Promise<JsonObject | null>;
  /** Code or signal, once it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly hasEnded: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly said: () => readonly string[];
}

export function startChild(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Child {
  const { env = {}, cwd } = options;
  const child = spawn(process.execPath, [...args], {
    // The pipe to standard input closes with this process, for children that end with their parent.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  running.add(child);
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > SAID_LINES_MAX) said.shift();
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 0);
    });
  });
  return {
    pid: child.pid ?? 0,
    ready: Promise.race([firstLine(child), ended.then(() => null)]),
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => {
      child.kill(signal);
    },
    said: () => said,
  };
}

function firstLine(child: ChildProcess): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      try {
        // Both programs print one JSON object when they are ready.
        resolve(JSON.parse(line) as JsonObject);
      } catch (error) {
        reject(error);
      }
    });
  });
}

const running = new Set<ChildProcess>();

/** No child outlives its life, whatever ended that. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', killChildren);
