import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that says where it listens in its first line of JSON. */
export interface Started<Ready> {
  readonly ready: Ready;
  readonly pid: number;
  readonly child: ChildProcess;
  /** From its spawning to its first line. */
  readonly readyAfterMs: number;
  readonly stop: () => Promise<void>;
}

/** Of a log that is shown, in characters. */
const SAID_MAX = 4_000;
const running = new Set<ChildProcess>();
// However the bench ends, nothing of it stays behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

export async function startProcess<Ready = { readonly url: string }>(
  file: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Promise<Started<Ready>> {
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  tellWhatItSaidWhenItFails(child, file);
  const ready = await firstLine<Ready>(child, file);
  return {
    ready,
    pid: child.pid ?? 0,
    child,
    readyAfterMs: performance.now() - spawnedAt,
    stop: async () => {
      running.delete(child);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Its log would drown the results; it matters when the process ends without being told to. */
function tellWhatItSaidWhenItFails(child: ChildProcess, file: string): void {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_MAX);
  });
  child.once('close', (code) => {
    if (running.delete(child) && code !== 0) process.stderr.write(`${file} failed:\n${said}\n`);
  });
}

/** For processes that measure themselves: their first line is their report. */
export async function reportOf<Report>(
  file: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Promise<Report> {
  const one = await startProcess<Report>(file, args, nodeArgs);
  await one.stop();
  return one.ready;
}

function firstLine<Ready>(child: ChildProcess, file: string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`${file} ended with ${code ?? 'a signal'} before it was ready`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      // Written by the bench's own files.
      resolve(JSON.parse(line) as Ready);
    });
  });
}
