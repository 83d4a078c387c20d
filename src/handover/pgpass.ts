import { reveal, Secret } from '../kernel/index.ts';
import { HandoverFailure, type HandoverStore } from './model.ts';
import { readText, replaceText, versionOf } from './text-file.ts';

/** libpq does not read the file when others can. */
const MODE = 0o600;
const FIELDS = 5;

/** `host:port:database:user:password`; a backslash takes the meaning from `:` and from itself. */
export function splitFields(line: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  for (let index = 0; index < line.length; index += 1) {
    const letter = line.charAt(index);
    if (letter === '\\' && index + 1 < line.length) {
      index += 1;
      field += line.charAt(index);
    } else if (letter === ':') {
      fields.push(field);
      field = '';
    } else {
      field += letter;
    }
  }
  return [...fields, field];
}

export function escapeField(text: string): string {
  return text.replaceAll(/[\\:]/gu, String.raw`\$&`);
}

interface Wanted {
  /** Host, port, database. */
  readonly where: readonly string[];
  readonly user: string;
  /** Whom the key names: before an account is replaced by another, its line stands under this name. */
  readonly keyUser: string;
}

function wantedOf(key: string, account: string | null): Wanted {
  const [host, port, database, user, ...more] = splitFields(key);
  if (host === undefined || port === undefined || database === undefined || user === undefined) {
    throw new HandoverFailure('refused', 'the key of a .pgpass is host:port:database:user');
  }
  if (more.length > 0 || [host, port, database, user].includes('')) {
    throw new HandoverFailure('refused', 'the key of a .pgpass is host:port:database:user');
  }
  return { where: [host, port, database], user: account ?? user, keyUser: user };
}

/** The fields of a line that counts; comments and lines with other fields are kept and never touched. */
function entryOf(line: string): readonly string[] | null {
  const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (bare === '' || bare.startsWith('#')) return null;
  const fields = splitFields(bare);
  return fields.length === FIELDS ? fields : null;
}

function isOf(line: string, { where }: Wanted, user: string): boolean {
  const fields = entryOf(line);
  return fields !== null && fields[3] === user && where.every((part, at) => fields[at] === part);
}

/** The first line that fits wins, as for libpq; wildcards of others fit too. */
function lookUp(text: string, wanted: Wanted): string | null {
  const parts = [...wanted.where, wanted.user];
  for (const line of text.split('\n')) {
    const fields = entryOf(line);
    if (fields === null) continue;
    if (parts.every((part, at) => fields[at] === '*' || fields[at] === part)) {
      return fields[FIELDS - 1] ?? null;
    }
  }
  return null;
}

export function setPassword(text: string, wanted: Wanted, password: string): string {
  if (/[\r\n\0]/u.test(password)) {
    throw new HandoverFailure('refused', 'no line of a .pgpass can hold this password');
  }
  const entry = [...wanted.where, wanted.user, password].map(escapeField).join(':');
  const lines = text.split('\n');
  const own = lines.findIndex((line) => isOf(line, wanted, wanted.user));
  if (own !== -1) {
    return lines.map((line) => (isOf(line, wanted, wanted.user) ? entry : line)).join('\n');
  }
  // Before the line it replaces, or before everything: a wildcard further up would win.
  const old = lines.findIndex((line) => isOf(line, wanted, wanted.keyUser));
  const at = old === -1 ? firstEntry(lines) : aboveEarlier(lines, old, wanted);
  const placed = [...lines.slice(0, at), entry, ...lines.slice(at)].join('\n');
  return placed.endsWith('\n') ? placed : `${placed}\n`;
}

/** Above the accounts that took its place before: whoever reads from the top finds the newest first. */
function aboveEarlier(lines: readonly string[], old: number, { where }: Wanted): number {
  let at = old;
  const isOfPlace = (line: string): boolean => {
    const fields = entryOf(line);
    return fields !== null && where.every((part, index) => fields[index] === part);
  };
  while (at > 0 && isOfPlace(lines[at - 1] ?? '')) at -= 1;
  return at;
}

function firstEntry(lines: readonly string[]): number {
  const at = lines.findIndex((line) => entryOf(line) !== null);
  if (at !== -1) return at;
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

/** The password file of PostgreSQL's own clients. The line of the account before stays: its login ends at the target. */
export function createPgpassStore(path: string): HandoverStore {
  return {
    kind: 'pgpass',
    read: async ({ key }, account) => {
      const { text, version } = await readText(path);
      const wanted = wantedOf(key, account);
      const password = lookUp(text, wanted);
      return {
        version,
        secret: password === null || password === '' ? null : new Secret(password),
        account: password === null ? null : wanted.user,
      };
    },
    write: async ({ place: { key }, secret, account, expect }) => {
      const { text, version } = await readText(path);
      const wanted = wantedOf(key, account);
      const next = setPassword(text, wanted, reveal(secret));
      if (next !== text && version !== expect) return { state: 'conflict', version };
      // Also when nothing changes: a file that others can read is not read by libpq.
      const order = { text: next, expect: version, mode: MODE, forced: true };
      const done = await replaceText(path, order);
      if (!done) return { state: 'conflict', version: (await readText(path)).version };
      return { state: next === text ? 'already' : 'done', version: versionOf(next) };
    },
  };
}
