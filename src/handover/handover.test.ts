import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reveal, Secret } from '../kernel/index.ts';
import { assign } from './env-file.ts';
import { createEnvFileStore, createPgpassStore, type HandoverStore } from './index.ts';
import { escapeField, splitFields } from './pgpass.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'firebreak-handover-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function put(
  store: HandoverStore,
  key: string,
  secret: string,
  account: string | null = null,
): Promise<string> {
  const place = { store: 'one', key, accountKey: 'PGUSER' };
  const { version } = await store.read(place, account);
  const order = { place, secret: new Secret(secret), account, expect: version };
  return (await store.write(order)).state;
}

async function held(store: HandoverStore, key: string, account: string | null = null) {
  const { secret } = await store.read({ store: 'one', key }, account);
  return secret === null ? null : reveal(secret);
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('an env file', () => {
  const text = [
    '# of the shop',
    'export DB_HOST=db.example',
    "DB_PASSWORD='old one' # rotated by hand",
    '',
    'OTHER="a \\" b"',
    '',
  ].join('\n');

  it('changes one value and keeps comments, other keys, mode and link', async () => {
    const path = join(directory, 'real.env');
    const link = join(directory, 'shop.env');
    writeFileSync(path, text);
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    const store = createEnvFileStore(link);
    expect(await put(store, 'DB_PASSWORD', 'obviously-fake-2')).toBe('done');
    expect(readFileSync(path, 'utf8')).toBe(text.replace("'old one'", 'obviously-fake-2'));
    expect(modeOf(path)).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(await held(store, 'DB_PASSWORD')).toBe('obviously-fake-2');
    expect(await held(store, 'OTHER')).toBe('a " b');
    expect(await put(store, 'DB_PASSWORD', 'obviously-fake-2')).toBe('already');
    expect(readdirSync(directory).toSorted()).toEqual(['real.env', 'shop.env']);
  });

  it('writes nothing when somebody changed the file since it was read', async () => {
    const path = join(directory, 'shop.env');
    writeFileSync(path, text);
    const store = createEnvFileStore(path);
    const place = { store: 'one', key: 'DB_PASSWORD' };
    const { version: expect_ } = await store.read(place, null);
    writeFileSync(path, `${text}ADDED=1\n`);
    const order = { place, secret: new Secret('x1'), account: null, expect: expect_ };
    expect((await store.write(order)).state).toBe('conflict');
    expect(readFileSync(path, 'utf8')).toBe(`${text}ADDED=1\n`);
  });

  it('starts a file that only its owner reads, with the account beside the secret', async () => {
    const path = join(directory, 'new.env');
    const store = createEnvFileStore(path);
    expect(await put(store, 'PGPASSWORD', 'fake 3', 'shop-2')).toBe('done');
    expect(readFileSync(path, 'utf8')).toBe("PGPASSWORD='fake 3'\nPGUSER=shop-2\n");
    expect(modeOf(path)).toBe(0o600);
  });

  it('refuses a value that readers of such files take in different ways', async () => {
    const store = createEnvFileStore(join(directory, 'new.env'));
    for (const bad of ["it's", 'two\nlines']) {
      await expect(put(store, 'KEY', bad)).rejects.toMatchObject({ kind: 'refused' });
    }
  });

  it('is read by a shell as it was written, whatever the secret', async () => {
    const path = join(directory, 'shop.env');
    const letters = fc.string({
      unit: fc.constantFrom(...'aZ9 $`"\\#=&|;<>()*?!~{}[]:,./-_%+@^\t'.split('')),
      minLength: 1,
      maxLength: 20,
    });
    const store = createEnvFileStore(path);
    const secrets = fc.sample(letters, { numRuns: 25, seed: 7 });
    for (const secret of secrets) {
      writeFileSync(path, 'DB_PASSWORD="x" # why\nDB_PASSWORD=twice\n');
      await put(store, 'DB_PASSWORD', secret);
      expect(await held(store, 'DB_PASSWORD')).toBe(secret);
      const script = `. "$1"; printf %s "$DB_PASSWORD"`;
      const read = execFileSync('/bin/sh', ['-c', script, 'sh', path], { encoding: 'utf8' });
      expect(read).toBe(secret);
    }
  });

  it('touches no other line', () => {
    const line = fc.string({ unit: fc.constantFrom(...'AB=_# \'"x'.split('')), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const other = lines.filter((one) => !/^\s*(?:export\s+)?KEY\s*=/u.test(one));
        const next = assign([...other, 'KEY=1', ''].join('\n'), 'KEY', '2');
        expect(next).toBe([...other, 'KEY=2', ''].join('\n'));
      }),
      { seed: 11 },
    );
  });
});

describe('a .pgpass', () => {
  const KEY = 'db.example:5432:shop:app';

  it('puts the new password in place of the old one, with mode 0600', async () => {
    const path = join(directory, '.pgpass');
    const text = '# ours\ndb.example:5432:shop:app:old\\:one\n*:*:*:*:fallback\nbroken:line\n';
    writeFileSync(path, text);
    chmodSync(path, 0o644);
    const store = createPgpassStore(path);
    expect(await held(store, KEY)).toBe('old:one');
    expect(await put(store, KEY, 'new:two\\')).toBe('done');
    expect(readFileSync(path, 'utf8')).toBe(
      '# ours\ndb.example:5432:shop:app:new\\:two\\\\\n*:*:*:*:fallback\nbroken:line\n',
    );
    expect(modeOf(path)).toBe(0o600);
    expect(await held(store, KEY)).toBe('new:two\\');
    chmodSync(path, 0o644);
    expect(await put(store, KEY, 'new:two\\')).toBe('already');
    expect(modeOf(path)).toBe(0o600);
  });

  it('puts another account before the old one and before wildcards', async () => {
    const path = join(directory, '.pgpass');
    writeFileSync(path, `*:*:*:*:fallback\n${KEY}:old\n`);
    const store = createPgpassStore(path);
    expect(await held(store, KEY)).toBe('fallback');
    writeFileSync(path, `${KEY}:old\n*:*:*:*:fallback\n`);
    await put(store, KEY, 'twin', 'app-2');
    expect(readFileSync(path, 'utf8')).toBe(
      `db.example:5432:shop:app-2:twin\n${KEY}:old\n*:*:*:*:fallback\n`,
    );
    expect(await held(store, KEY, 'app-2')).toBe('twin');
    expect(await held(store, KEY)).toBe('old');
    await put(store, 'other:1:a:b', 'n');
    expect(await held(store, 'other:1:a:b')).toBe('n');
  });

  it('puts a second new account above the first one', async () => {
    const path = join(directory, '.pgpass');
    writeFileSync(path, `other:5432:shop:app:theirs\n${KEY}:old\n`);
    const store = createPgpassStore(path);
    await put(store, KEY, 'twin', 'app-2');
    await put(store, KEY, 'next', 'app-3');
    const users = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':')[3]);
    expect(users).toEqual(['app', 'app-3', 'app-2', 'app', undefined]);
  });

  it('writes nothing when somebody changed the file since it was read', async () => {
    const path = join(directory, '.pgpass');
    writeFileSync(path, `${KEY}:old\n`);
    const store = createPgpassStore(path);
    const place = { store: 'one', key: KEY };
    const { version } = await store.read(place, null);
    writeFileSync(path, `${KEY}:theirs\n`);
    const order = { place, secret: new Secret('ours'), account: null, expect: version };
    expect((await store.write(order)).state).toBe('conflict');
    expect(await held(store, KEY)).toBe('theirs');
  });

  it('takes every text through a line and back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 }), { minLength: 1 }), (fields) => {
        expect(splitFields(fields.map(escapeField).join(':'))).toEqual(fields);
      }),
      { seed: 5 },
    );
  });

  it('refuses what cannot be one line, and a key without a user', async () => {
    const store = createPgpassStore(join(directory, '.pgpass'));
    await expect(put(store, KEY, 'a\nb')).rejects.toMatchObject({ kind: 'refused' });
    await expect(put(store, 'db:5432:shop', 'a')).rejects.toMatchObject({ kind: 'refused' });
  });
});
