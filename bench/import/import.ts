import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place, withSqlite } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';
import {
  askFacets,
  askMeanwhile,
  lookupFacts,
  mapReady,
  quiet,
  sendFile,
  startServerOn,
  timed,
} from './inventory-server.ts';
import { EDGES_EACH, refOf, writeExport } from './organisation.ts';

/** Fewer while one looks for where the time goes. */
const IDENTITIES = Number(process.env['FIREBREAK_BENCH_IDENTITIES'] ?? 1_000_000);
const ONLY_EMBEDDED = process.env['FIREBREAK_BENCH_STORE'] === 'sqlite';
const CHANGED = Math.max(1, Math.floor(IDENTITIES / 100));
const SECONDS_MAX = 60;
const INCREMENT_SECONDS_MAX = 3;
const LOOKUP_P99_MS_MAX = 5;
const FACETS_ASKED = 10;
const EDGES = IDENTITIES * EDGES_EACH;
const BAR = `on the embedded store ${IDENTITIES} identities with owners and ${EDGES} edges < ${SECONDS_MAX} s; an increment of 1 % < ${INCREMENT_SECONDS_MAX} s; lookup p99 < ${LOOKUP_P99_MS_MAX} ms while a snapshot is imported`;

interface Exports {
  readonly first: string;
  readonly increment: string;
  readonly snapshot: string;
}

async function writeExports(directory: string): Promise<Exports> {
  const names = { first: 'first', increment: 'increment', snapshot: 'snapshot' };
  const file = (name: string): string => join(directory, `${name}.ndjson`);
  const exports = {
    first: file(names.first),
    increment: file(names.increment),
    snapshot: file(names.snapshot),
  };
  const size = { identities: IDENTITIES, changed: 0, holds: 'everything' } as const;
  await writeExport(exports.first, size);
  await writeExport(exports.increment, { ...size, changed: CHANGED, holds: 'changed' });
  // After the increment 1 % is as it was at first again.
  await writeExport(exports.snapshot, size);
  return exports;
}

async function measureOn(place: Place, exports: Exports, directory: string): Promise<BenchResult> {
  const data = mkdtempSync(join(directory, 'data-'));
  const own = place.store === 'sqlite' ? { ...place, place: data } : place;
  const server = await startServerOn(own, data);
  try {
    const full = await timed(server, place, () => sendFile(server, exports.first, 'snapshot'));
    const settled = await timed(server, place, async () => {
      await mapReady(server, IDENTITIES);
      await quiet(server);
    });
    const increment = await timed(server, place, () =>
      sendFile(server, exports.increment, 'increment'),
    );
    await quiet(server);
    const facets = await askFacets(server, FACETS_ASKED);
    const alone = await askFor(server, 3_000);
    const asking = await askMeanwhile(server, (count) => refOf((count * 7_919) % IDENTITIES));
    const snapshot = await timed(server, place, () =>
      sendFile(server, exports.snapshot, 'snapshot'),
    );
    const lookups = await asking.stop();
    const p99 = percentile(lookups, 0.99);
    const isRight =
      full.result.rejectedCount === 0 &&
      full.result.added >= IDENTITIES &&
      increment.result.changed >= CHANGED &&
      snapshot.result.changed === increment.result.changed &&
      snapshot.result.gone === 0;
    const isWithin =
      full.seconds < SECONDS_MAX &&
      increment.seconds < INCREMENT_SECONDS_MAX &&
      p99 < LOOKUP_P99_MS_MAX;
    return {
      bench: `import (${place.store})`,
      bar: place.store === 'sqlite' ? BAR : 'none',
      ratio: null,
      ok: isRight && (isWithin || place.store !== 'sqlite'),
      ours: {
        identities: IDENTITIES,
        first: { ...full.facts, added: full.result.added },
        mapAndListsAfterwards: settled.facts,
        increment: { ...increment.facts, changed: increment.result.changed },
        snapshot: { ...snapshot.facts, changed: snapshot.result.changed },
        lookupsMeanwhile: lookupFacts(lookups),
        lookupsAlone: lookupFacts(alone),
        facets: {
          msFirst: rounded(facets[0] ?? 0),
          msP50: rounded(percentile(facets, 0.5)),
          msMax: rounded(percentile(facets, 1)),
        },
      },
      beside: {},
    };
  } finally {
    await server.stop();
  }
}

async function askFor(
  server: Parameters<typeof askMeanwhile>[0],
  ms: number,
): Promise<readonly number[]> {
  const asking = await askMeanwhile(server, (count) => refOf((count * 7_919) % IDENTITIES));
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  return await asking.stop();
}

export const inventoryImport: Bench = {
  name: 'import',
  what: 'files sent to a serving process: a first snapshot, an increment, and a snapshot while somebody looks things up',
  run: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'firebreak-bench-import-'));
    try {
      const exports = await writeExports(directory);
      const measure = (place: Place): Promise<BenchResult> => measureOn(place, exports, directory);
      return ONLY_EMBEDDED ? [await withSqlite(measure)] : await onEachStore(measure);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
