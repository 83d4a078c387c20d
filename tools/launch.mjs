// Runs a file on the pinned Node, after installing what is missing. Plain JavaScript for any Node >= 20.
import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './ensure.mjs';

const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));

/**
 * Threads that help to collect garbage: the engine takes four however few cores there are, and while the thread of an
 * import is collected they stand before the one that answers.
 */
const HELPERS_MAX = 4;
export const RUNTIME_ARGS = [
  `--v8-pool-size=${Math.max(1, Math.min(HELPERS_MAX, availableParallelism() - 1))}`,
];

function start(args) {
  const child = spawn(`${bin}/node`, [...RUNTIME_ARGS, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends its interrupt to the child as well; twice would mean "now" instead of "in order".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(
      `firebreak: cannot start the pinned Node: ${error.message}. Remedy: remove node_modules and try again.`,
    );
    process.exit(2);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

export async function launch(args) {
  try {
    await ensureInstalled();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
  start(args);
}
