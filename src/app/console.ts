import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Log } from '../kernel/index.ts';

const DIST = fileURLToPath(new URL('../../console/dist', import.meta.url));
/** Only a working copy can build: what is published carries the console ready built. */
const BUILD = new URL('../../tools/build-console.ts', import.meta.url);

/** Where the built console lies; null = nowhere. */
export function findConsole(): string | null {
  return existsSync(`${DIST}/index.html`) ? DIST : null;
}

/** Nothing to do when it was built from these sources. A server without a console still answers everybody else. */
export async function ensureConsoleBuilt(log: Log): Promise<void> {
  const program = fileURLToPath(BUILD);
  if (!existsSync(program)) return;
  // Looked at here, which takes milliseconds; built by a process of its own, whose memory ends with it.
  const { isConsoleStale } = await import('../../tools/build-console.ts');
  if (!isConsoleStale()) return;
  const ok = await new Promise<boolean>((resolve) => {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 2, 2] });
    child.on('error', () => {
      resolve(false);
    });
    child.on('exit', (code) => {
      resolve(code === 0);
    });
  });
  if (!ok) log.warn('the console could not be built: the API and the command line work without it');
}
