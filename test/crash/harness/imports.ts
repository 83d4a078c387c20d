import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createInventory } from '../../../src/inventory/index.ts';
import { createIds, createSeededRandom, realClock, Secret } from '../../../src/kernel/index.ts';
import { openStore, type StorePlace } from '../../../src/store/index.ts';
import { textOf } from './http.ts';
import { type Child, startChild } from './process.ts';

const CLI_MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const IDENTITIES = 4_000;
const EDGES = 5_000;
/** Of the identities, in the second snapshot only. */
const LATE = 500;

type Which = 'first' | 'second';

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Some 10,000 lines: each snapshot has what the other has not, and says something else of what both have. */
export function snapshot(which: Which): string {
  const from = which === 'first' ? 0 : LATE;
  const lines: string[] = [];
  for (let index = from; index < from + IDENTITIES; index += 1) {
    lines.push(
      line({
        type: 'identity',
        kind: 'service-account',
        name: `i${index}`,
        target: 'cloud',
        refs: [`cloud:identity:i${index}`],
        purpose: `${which} ${'long '.repeat(40)}`.trim(),
      }),
    );
  }
  for (let index = 0; index < EDGES; index += 1) {
    const one = from + (index % IDENTITIES);
    const other = from + ((index * 7 + (which === 'first' ? 1 : 2)) % IDENTITIES);
    const ends = { from: `cloud:identity:i${one}`, to: `cloud:identity:i${other}` };
    if (one !== other) lines.push(line({ type: 'edge', ...ends, relation: 'assumes' }));
  }
  return lines.join('');
}

interface Serving {
  readonly child: Child;
  readonly url: string;
  readonly token: string;
}

async function serve(place: StorePlace, directory: string): Promise<Serving> {
  const token = join(directory, 'administrator.token');
  const data = typeof place === 'string' ? directory : place.sqlite;
  const store = typeof place === 'string' ? ['--store', place, '--migrate'] : [];
  const args = ['serve', '--json', '--port', '0', '--data', data, '--bootstrap-token-file', token];
  const child = startChild([CLI_MAIN, ...args, ...store]);
  const ready = await child.ready;
  if (ready === null) throw new Error(`serve has ended: ${child.said().join('\n')}`);
  return { child, url: textOf(ready, 'url'), token: readFileSync(token, 'utf8').trim() };
}

/** Null when the process died before it answered. */
async function send({ url, token }: Serving, which: Which): Promise<number | null> {
  try {
    const path = '/v1/inventory/import?source=cloud&mode=snapshot&shrink=1';
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: snapshot(which),
    });
    await answer.text();
    return answer.status;
  } catch {
    return null;
  }
}

async function kill({ child }: Serving): Promise<void> {
  child.signal('SIGKILL');
  await child.ended;
}

/** Everything that readers see, in one order. */
async function readAll(place: StorePlace): Promise<string> {
  const store = await openStore(place);
  try {
    // On PostgreSQL another node may have been at it: its lease outlives it by some seconds.
    await store.write([{ sql: 'update inventory_source set leased_until = 0', params: [] }]);
    const inventory = createInventory({
      store,
      ledger: { append: () => Promise.reject(new Error('nothing is written here')) },
      clock: realClock,
      ids: createIds(realClock.nowMs, createSeededRandom(1)),
      fingerprintKey: new Secret('not used'),
    });
    const { identities, edges } = await inventory.graph();
    const nodes = identities.map(({ name, purpose }) => `${name} ${purpose ?? ''}`).toSorted();
    const links = edges.map(({ from, relation, to }) => `${from} ${relation} ${to}`).toSorted();
    return [...nodes, ...links].join('\n');
  } finally {
    await store.close();
  }
}

export interface ImportLife {
  readonly findings: readonly string[];
  /** What readers saw after each kill. */
  readonly seen: readonly ('old' | 'new' | 'neither')[];
}

/** Nobody disturbs it; how long it took. */
async function importOnce(serving: Serving, which: Which): Promise<number> {
  const begunMs = performance.now();
  const status = await send(serving, which);
  if (status === 200) return performance.now() - begunMs;
  throw new Error(`an import that nobody disturbs is answered ${status ?? 'by nothing'}`);
}

/** What readers see after one import; the process is gone afterwards. */
async function seenAfter(place: StorePlace, serving: Serving): Promise<string> {
  await kill(serving);
  return await readAll(place);
}

/** Kills a serving process at parts of the time that an import takes; each time a repeat has to complete it. */
export async function killImports(
  place: StorePlace,
  directory: string,
  parts: readonly number[],
): Promise<ImportLife> {
  const whole: Record<Which, string> = { first: '', second: '' };
  let serving = await serve(place, directory);
  await importOnce(serving, 'first');
  whole.first = await seenAfter(place, serving);
  serving = await serve(place, directory);
  const tookMs = await importOnce(serving, 'second');
  whole.second = await seenAfter(place, serving);
  const findings: string[] = [];
  const seen: ImportLife['seen'][number][] = [];
  let held: Which = 'second';
  serving = await serve(place, directory);
  for (const part of parts) {
    const next: Which = held === 'first' ? 'second' : 'first';
    const sent = send(serving, next);
    await sleep(part * tookMs);
    const found = await seenAfter(place, serving);
    await sent;
    // What is held here was completed by a repeat of the round before.
    const is = found === whole[held] ? 'old' : found === whole[next] ? 'new' : 'neither';
    seen.push(is);
    if (is === 'neither') findings.push(`killed after ${part} of the time: a mixture is seen`);
    serving = await serve(place, directory);
    await importOnce(serving, next);
    held = next;
  }
  const last = await seenAfter(place, serving);
  if (last !== whole[held]) findings.push('the last repeat has not completed its import');
  return { findings, seen };
}
