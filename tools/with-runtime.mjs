// node tools/with-runtime.mjs FILE ARGS...: installs what is missing, then runs FILE on the pinned Node.
// One process boundary on purpose: a shell remembers where it found `node`, so "install && node x" runs x on the old one.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import './ensure.mjs';

const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const child = spawn(`${bin}/node`, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(
    `firebreak: cannot start the pinned Node: ${error.message}. Remedy: remove node_modules and try again.`,
  );
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
