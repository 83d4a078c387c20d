// A process that writes and seals until it is killed, and says what was acknowledged: for the crash tests.
import { randomBytes } from 'node:crypto';
import { realClock, silentLog, toTimestamp } from '../kernel/index.ts';
import { openStore, type StorePlace } from '../store/index.ts';
import { openLedgerKeys } from './keys.ts';
import { createLedger } from './ledger.ts';
import { ledgerMigrations } from './migrations.ts';

const [place = '', directory = '', nodeId = ''] = process.argv.slice(2);
// The test writes this argument with JSON.stringify.
const store = await openStore(JSON.parse(place) as StorePlace);
await store.migrate(ledgerMigrations, { apply: true });
const log = silentLog;
const keys = await openLedgerKeys({ store, directory, passphrase: null, log });
const ledger = createLedger({ store, clock: realClock, keys, log, nodeId });
await ledger.start();

function say(word: 'written' | 'signed', value: string): void {
  process.stdout.write(`${JSON.stringify({ [word]: value })}\n`);
}

async function write(): Promise<never> {
  for (;;) {
    const id = `ent_${randomBytes(11).toString('hex')}`;
    const at = toTimestamp(realClock.nowMs());
    const entry = { id, at, kind: 'test.written', actor: nodeId, incident: null, ordinal: null };
    await ledger.append([{ ...entry, data: { from: process.pid } }]);
    say('written', id);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

let size = -1;
ledger.follow(0, async ({ position }) => {
  const latest = await ledger.latestCheckpoint();
  if (latest.size <= size || position < size) return;
  size = latest.size;
  say('signed', latest.note);
});
await Promise.all([write(), write(), write()]);
