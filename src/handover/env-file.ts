import { reveal, Secret } from '../kernel/index.ts';
import { HandoverFailure, type HandoverStore, type Held } from './model.ts';
import { readText, replaceText, versionOf } from './text-file.ts';

/** `export` and spaces before the name stay as they are; so does what follows a closed value. */
const LINE = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=[ \t]*)(.*?)(\r?)$/u;
/** What every reader of such files takes as it stands. */
const PLAIN = /^[\w@%+=:,./-]*$/u;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/u;
const NEW_FILE_MODE = 0o600;

interface Assignment {
  readonly before: string;
  readonly value: string;
  /** A comment behind the value. */
  readonly after: string;
  readonly ending: string;
}

function assignmentOf(line: string, name: string): Assignment | null {
  const [, lead = '', found, equals = '', rest = '', ending = ''] = LINE.exec(line) ?? [];
  if (found !== name) return null;
  return { before: `${lead}${name}${equals}`, ...valueOf(rest), ending };
}

function valueOf(rest: string): { readonly value: string; readonly after: string } {
  const quoted = /^'([^']*)'(.*)$/u.exec(rest);
  if (quoted !== null) return { value: quoted[1] ?? '', after: quoted[2] ?? '' };
  const double = /^"((?:[^"\\]|\\.)*)"(.*)$/u.exec(rest);
  if (double !== null) {
    return { value: (double[1] ?? '').replaceAll(/\\(["\\$`])/gu, '$1'), after: double[2] ?? '' };
  }
  const comment = /\s+#.*$/u.exec(rest);
  const after = comment?.[0] ?? '';
  return { value: rest.slice(0, rest.length - after.length).trimEnd(), after };
}

/** Shells, systemd and containers agree on plain text, and most of them on single quotes; on nothing else. */
function quote(value: string, name: string): string {
  if (PLAIN.test(value)) return value;
  if (!/['\r\n\0]/u.test(value)) return `'${value}'`;
  throw new HandoverFailure('refused', `${name}: no reader of such a file takes this value`);
}

function lookUp(text: string, name: string): string | null {
  // Where a name stands twice, the last one counts for whoever reads from top to bottom.
  const found = text.split('\n').flatMap((line) => assignmentOf(line, name) ?? []);
  return found.at(-1)?.value ?? null;
}

/** Every line of that name, so that it does not matter which one a reader believes. */
export function assign(text: string, name: string, value: string): string {
  if (!NAME.test(name)) throw new HandoverFailure('refused', `${name} is no name of a variable`);
  let isThere = false;
  const lines = text.split('\n').map((line) => {
    const found = assignmentOf(line, name);
    if (found === null) return line;
    isThere = true;
    return `${found.before}${quote(value, name)}${found.after}${found.ending}`;
  });
  if (isThere) return lines.join('\n');
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : ending;
  return `${text}${gap}${name}=${quote(value, name)}${ending}`;
}

/** A file of `NAME=value` lines, as services and containers are started with. */
export function createEnvFileStore(path: string): HandoverStore {
  const heldIn = (text: string, key: string, accountKey?: string): Omit<Held, 'version'> => {
    const value = lookUp(text, key);
    return {
      secret: value === null || value === '' ? null : new Secret(value),
      account: accountKey === undefined ? null : lookUp(text, accountKey),
    };
  };
  return {
    kind: 'env-file',
    read: async ({ key, accountKey }) => {
      const { text, version } = await readText(path);
      return { version, ...heldIn(text, key, accountKey) };
    },
    write: async ({ place: { key, accountKey }, secret, account, expect }) => {
      const { text, version } = await readText(path);
      const named = account !== null && accountKey !== undefined;
      const wanted = named
        ? assign(assign(text, key, reveal(secret)), accountKey, account)
        : assign(text, key, reveal(secret));
      if (wanted === text) return { state: 'already', version };
      if (version !== expect) return { state: 'conflict', version };
      const order = { text: wanted, expect, mode: NEW_FILE_MODE, forced: false };
      const done = await replaceText(path, order);
      return done
        ? { state: 'done', version: versionOf(wanted) }
        : { state: 'conflict', version: (await readText(path)).version };
    },
  };
}
