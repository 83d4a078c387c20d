import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that says where it listens in its first line of JSON. */
export interface Started {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly stop: () => Promise<void>;
}

export async function startProcess(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Started> {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ready = await firstLine(child, file);
  return {
    url: ready.url,
    pid: child.pid ?? 0,
    child,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function firstLine(child: ChildProcess, file: string): Promise<{ readonly url: string }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`${file} ended with ${code ?? 'a signal'} before it was ready`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      // Every process of the bench writes {"url": ...} first.
      resolve(JSON.parse(line) as { url: string });
    });
  });
}
