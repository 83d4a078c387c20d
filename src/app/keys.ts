import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FirebreakError, reveal, Secret, type Log } from '../kernel/index.ts';
import { maybeRow, statement, text, type Migration, type Store } from '../store/index.ts';

/** What this server encrypts and fingerprints with; all of it follows from one master key. */
export interface ServerKeys {
  readonly custody: Secret;
  readonly fingerprint: Secret;
  /** Seals what browsers bring back, and hashes codes. */
  readonly people: Secret;
  /** Null when the master key lies beside the data: it would protect nothing. */
  readonly ledgerPassphrase: Secret | null;
}

export const keyMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-server-key',
    sql: 'create table server_key(name text primary key, proof text not null);',
  },
];

const FILE = 'master.key';
const LENGTH_MIN = 16;

function derive(master: Secret, purpose: string): Secret {
  const bytes = hkdfSync('sha256', reveal(master), 'firebreak', purpose, 32);
  return new Secret(Buffer.from(bytes).toString('base64'));
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Of several that start at once one makes the key; all read the same. */
function makeMaster(directory: string, file: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (readIfThere(file) === null) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}

function masterBesideData(directory: string, log: Log): Secret {
  const file = join(directory, FILE);
  const master = readIfThere(file) ?? makeMaster(directory, file);
  if ((statSync(file).mode & 0o077) !== 0) {
    log.warn({ file: FILE }, 'the master key was readable to others; it is now 0600');
    chmodSync(file, 0o600);
  }
  log.info({ file: FILE }, 'the master key lies beside the data; `keys.master` keeps it elsewhere');
  return new Secret(master);
}

/** Only a hash under the key: a node with another key would look for fingerprints that nobody has. */
async function checkSameKey(store: Store, master: Secret): Promise<void> {
  const proof = createHmac('sha256', reveal(derive(master, 'proof')))
    .update('firebreak')
    .digest('hex');
  const insert = `insert into server_key(name, proof) values ('master', $1) on conflict (name) do nothing`;
  await store.write([{ sql: insert, params: [proof] }]);
  const rows = await store.query(statement(`select proof from server_key where name = 'master'`));
  const row = maybeRow(rows);
  if (row !== undefined && text(row, 'proof') === proof) return;
  throw new FirebreakError('server-key-wrong', {
    problem: 'its proof differs from the stored one',
  });
}

export async function openServerKeys(options: {
  readonly store: Store;
  readonly directory: string;
  readonly master: Secret | null;
  readonly log: Log;
}): Promise<ServerKeys> {
  const { store, directory, log } = options;
  const master = options.master ?? masterBesideData(directory, log);
  if (reveal(master).length < LENGTH_MIN) {
    const problem = `keys.master is shorter than ${LENGTH_MIN} characters`;
    throw new FirebreakError('configuration-invalid', { problem });
  }
  await checkSameKey(store, master);
  return {
    custody: derive(master, 'custody'),
    fingerprint: derive(master, 'fingerprint'),
    people: derive(master, 'people'),
    ledgerPassphrase: options.master === null ? null : derive(master, 'ledger'),
  };
}
