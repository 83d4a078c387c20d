import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Tokens } from '../api/index.ts';
import { FirebreakError, messageOf, type Log } from '../kernel/index.ts';

const NAME = 'bootstrap-administrator';
const ACTOR = 'node:bootstrap';

/** Readable to its owner alone from the first byte on. */
export function writePrivate(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    rmSync(draft, { force: true });
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
  }
}

/**
 * The first token, for a store that has no other. When the process died before the file was written, nobody has that
 * token: it is revoked and made again.
 */
export async function writeBootstrapToken(file: string, tokens: Tokens, log: Log): Promise<void> {
  const known = await tokens.list();
  if (known.some(({ name }) => name !== NAME)) return;
  const left = known.find(({ revokedAtMs }) => revokedAtMs === null);
  if (left !== undefined && existsSync(file)) return;
  if (left !== undefined) await tokens.revoke(left.id, ACTOR);
  const created = await tokens.create({ name: NAME, scopes: ['admin'] }, ACTOR);
  writePrivate(file, `${created.text}\n`);
  log.info({ file }, 'an administrator token was written');
}
