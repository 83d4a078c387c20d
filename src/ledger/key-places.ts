import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync } from 'node:fs';
import { mkdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { createKeyCommand, readKeyDocument, replaceKeyCommand } from './store.ts';

/** Where the key document is kept. */
export interface KeyPlace {
  /** For messages: says where, never what. */
  readonly name: string;
  readonly read: () => Promise<string | null>;
  /** Of several that create at once one wins; all get the winner's document. */
  readonly create: (document: string) => Promise<string>;
  readonly replace: (old: string, document: string) => Promise<void>;
}

const KEY_FILE = 'ledger-key.json';
const PUBLIC_FILE = 'ledger-public.key';

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The directory entry too must survive a power cut. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeWhole(file: string, text: string, mode: number): void {
  rmSync(file, { force: true });
  const handle = openSync(file, 'wx', mode);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function directoryPlace(directory: string): KeyPlace {
  const file = join(directory, KEY_FILE);
  const draft = `${file}.${process.pid}`;
  const read = (): Promise<string | null> => Promise.resolve(readIfThere(file));
  return {
    name: KEY_FILE,
    read,
    create: async (document) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeWhole(draft, document, 0o600);
      try {
        // A link fails where the file exists: never a half-written key, never two.
        linkSync(draft, file);
      } catch (error) {
        if (readIfThere(file) === null) throw error;
      } finally {
        rmSync(draft, { force: true });
      }
      syncDirectory(directory);
      return present(await read(), 'the key file was just created');
    },
    replace: (_old, document) => {
      writeWhole(draft, document, 0o600);
      renameSync(draft, file);
      syncDirectory(directory);
      return Promise.resolve();
    },
  };
}

export function storePlace(store: Store): KeyPlace {
  const read = (): Promise<string | null> => readKeyDocument(store);
  return {
    name: 'the table ledger_key',
    read,
    create: async (document) => {
      await store.write([createKeyCommand(document)]);
      return present(await read(), 'the key row was just created');
    },
    replace: async (old, document) => {
      await store.write([replaceKeyCommand(old, document)]);
    },
  };
}

/** What auditors get: enough to verify, useless for signing. */
export function writePublicKey(directory: string, verifierKey: string): void {
  const file = join(directory, PUBLIC_FILE);
  const text = `${verifierKey}\n`;
  if (readIfThere(file) === text) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeWhole(draft, text, 0o644);
  renameSync(draft, file);
}
