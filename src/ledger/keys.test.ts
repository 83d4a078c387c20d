import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  Secret,
  createLog,
  createPushableClock,
  isFirebreakError,
  silentLog,
} from '../kernel/index.ts';
import type { ErrorCode, Log } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import {
  createDirectoryForTest,
  createSqliteForTest,
  describeOnBothStores,
} from '../store/testing.ts';
import { parseVerifierKey } from './checkpoint.ts';
import { openLedgerKeys, type LedgerKeyOptions } from './keys.ts';
import { ledgerMigrations } from './migrations.ts';
import { readKeyDocument } from './store.ts';
import { createEntriesForTest, createLedgerForTest } from './testing.ts';

const PASSPHRASE = 'correct horse battery staple';
const passphrase = new Secret(PASSPHRASE);

function recordingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLog('debug', destination), lines };
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(JSON.stringify(error) + String(error)).not.toContain(PASSPHRASE);
  return isFirebreakError(error) ? error.code : undefined;
}

describeOnBothStores('ledger keys', (open, { dialect }) => {
  const setup = async (): Promise<{
    readonly store: Store;
    readonly directory: string;
    readonly lines: readonly string[];
    readonly keys: (with_?: Partial<LedgerKeyOptions>) => ReturnType<typeof openLedgerKeys>;
    readonly document: () => Promise<string>;
    readonly replaceDocument: (text: string | null) => Promise<void>;
  }> => {
    const store = await open();
    await store.migrate(ledgerMigrations, { apply: true });
    const directory = createDirectoryForTest();
    const { log, lines } = recordingLog();
    const file = join(directory, 'ledger-key.json');
    return {
      store,
      directory,
      lines,
      keys: (given = {}) => openLedgerKeys({ store, directory, passphrase, log, ...given }),
      document: async () =>
        dialect === 'sqlite' ? readFileSync(file, 'utf8') : ((await readKeyDocument(store)) ?? ''),
      replaceDocument: async (text) => {
        if (dialect === 'sqlite') {
          if (text === null) rmSync(file);
          else writeFileSync(file, text);
          return;
        }
        const sql =
          text === null ? 'delete from ledger_key' : 'update ledger_key set document = $1';
        await store.write([{ sql, params: text === null ? [] : [text] }]);
      },
    };
  };

  test('are made once, and the same from then on', async () => {
    const { directory, keys, lines } = await setup();
    const first = await keys();
    const again = await keys({ origin: 'ignored.example' });
    expect(again.verifierKey).toBe(first.verifierKey);
    const verifier = parseVerifierKey(first.verifierKey);
    expect(verifier.verifies('text', again.sign('text'))).toBe(true);
    const publicFile = readFileSync(join(directory, 'ledger-public.key'), 'utf8');
    expect(publicFile).toBe(`${first.verifierKey}\n`);
    expect(lines).toEqual([]);
  });

  test('agree when several start at once', async () => {
    const { keys, directory } = await setup();
    const all = await Promise.all(Array.from({ length: 4 }, () => keys()));
    expect(new Set(all.map(({ verifierKey }) => verifierKey)).size).toBe(1);
    expect(readdirSync(directory).filter((name) => /\d$/u.test(name))).toEqual([]);
  });

  test('take the origin they are given at birth', async () => {
    const { keys } = await setup();
    expect((await keys({ origin: 'acme.example/ledger' })).origin).toBe('acme.example/ledger');
  });

  test('are encrypted under the passphrase; without it or with another they are refused', async () => {
    const { keys, document, lines } = await setup();
    await keys();
    expect(await document()).not.toContain('seed');
    expect(await codeOf(keys({ passphrase: null }))).toBe('ledger-key-missing');
    expect(await codeOf(keys({ passphrase: new Secret('wrong') }))).toBe('ledger-key-missing');
    expect(lines).toEqual([]);
  });

  test('stored plainly they warn at every start, and are encrypted once there is a passphrase', async () => {
    const { keys, document, lines } = await setup();
    const plain = await keys({ passphrase: null });
    expect(lines.filter((line) => line.includes('without a passphrase'))).toHaveLength(1);
    const seed = /"seed": "([^"]+)"/u.exec(await document())?.[1];
    if (seed === undefined) throw new Error('the plain key has a seed');
    const again = await keys();
    expect(again.verifierKey).toBe(plain.verifierKey);
    expect(await document()).not.toContain(seed);
    expect(await codeOf(keys({ passphrase: null }))).toBe('ledger-key-missing');
    expect(lines.join('')).not.toContain(seed);
  });

  test('that are damaged, or were exchanged for others, are refused', async () => {
    const { keys, document, replaceDocument } = await setup();
    await keys();
    const text = await document();
    const damaged = [
      '',
      '{}',
      'null',
      text.replace('ledger-key-1', 'ledger-key-2'),
      text.replace(/"sealed": "./u, '"sealed": "#'),
      text.replace(/"tag": "./u, '"tag": "#'),
      text.replace('"cost": 32768', '"cost": 1048576'),
      text.replace('"verifierKey": "firebreak', '"verifierKey": "Firebreak'),
    ];
    for (const bad of damaged) {
      await replaceDocument(bad);
      expect(await codeOf(keys()), bad).toMatch(/ledger-(key-missing|corrupt)/u);
    }
    await replaceDocument(text);
    expect(await codeOf(keys())).toBeUndefined();
  });

  test('are not made anew once the ledger holds entries, nor replaced by a foreign key', async () => {
    const { store, keys, replaceDocument, document } = await setup();
    const other = await setup();
    await other.keys();
    const ledger = await createLedgerForTest(store, createPushableClock(), await keys());
    await ledger.append([createEntriesForTest()()]);
    await ledger.sealNow();
    await replaceDocument(await other.document());
    expect(await codeOf(keys())).toBe('ledger-key-missing');
    await replaceDocument(null);
    expect(await codeOf(keys())).toBe('ledger-key-missing');
    await expect(document().catch(() => '')).resolves.toBe('');
  });
});

test('ledger keys lie in a file that only its owner can read', async () => {
  const store = await createSqliteForTest();
  await store.migrate(ledgerMigrations, { apply: true });
  const directory = createDirectoryForTest();
  for (const given of [null, passphrase]) {
    await openLedgerKeys({ store, directory, passphrase: given, log: silentLog });
    expect(statSync(join(directory, 'ledger-key.json')).mode & 0o777).toBe(0o600);
  }
});
