import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import { sha256 } from '../kernel/index.ts';
import { HandoverFailure } from './model.ts';

export interface TextFile {
  readonly text: string;
  readonly version: string;
}

const ABSENT = 'absent';

export function versionOf(text: string | null): string {
  return text === null ? ABSENT : sha256(text).toString('hex');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ENOENT';
}

function failureOf(error: unknown, path: string): HandoverFailure {
  if (error instanceof HandoverFailure) return error;
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const reason = typeof code === 'string' ? code : 'it failed';
  const again = reason === 'EBUSY' || reason === 'EAGAIN' || reason === 'EMFILE';
  return new HandoverFailure(again ? 'transient' : 'refused', `${path}: ${reason}`);
}

/** A link is followed: what it points to is replaced, not the link. */
async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}

export async function readText(path: string): Promise<TextFile & { readonly isThere: boolean }> {
  try {
    const text = await readFile(path, 'utf8');
    return { text, version: versionOf(text), isThere: true };
  } catch (error) {
    if (isMissing(error)) return { text: '', version: ABSENT, isThere: false };
    throw failureOf(error, path);
  }
}

export interface Replacement {
  readonly text: string;
  readonly expect: string;
  /** Of a new file, and of every file when `forced`. */
  readonly mode: number;
  readonly forced: boolean;
}

/**
 * Whoever reads sees the old text or the new one, never a part, also after a crash of the machine. False when the file
 * is no longer the one that was expected.
 */
export async function replaceText(path: string, wanted: Replacement): Promise<boolean> {
  try {
    const place = await placeOf(path);
    const before = await stat(place).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    const mode = wanted.forced || before === null ? wanted.mode : before.mode & 0o7777;
    const beside = join(dirname(place), `.${basename(place)}.${randomUUID()}`);
    try {
      await writeDurably(beside, wanted.text, mode, before);
      if ((await readText(place)).version !== wanted.expect) return false;
      await rename(beside, place);
    } finally {
      await rm(beside, { force: true });
    }
    await syncDirectory(dirname(place));
    return true;
  } catch (error) {
    throw failureOf(error, path);
  }
}

async function writeDurably(
  path: string,
  text: string,
  mode: number,
  owner: { readonly uid: number; readonly gid: number } | null,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text, 'utf8');
    const own = await file.stat();
    // The mode comes after the owner: changing the owner may take bits away.
    if (owner !== null && (owner.uid !== own.uid || owner.gid !== own.gid)) {
      await file.chown(owner.uid, owner.gid);
    }
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without it a crash could bring the old name back. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
