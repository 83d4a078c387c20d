import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NORTHLAKE_ROSTER, resolveSettings, startServer } from '../../src/app/index.ts';
import { createLog, realClock, sleep } from '../../src/kernel/index.ts';
import { statement } from '../../src/store/index.ts';
import { cpuMsDuring } from '../measure/cpu.ts';
import { type Started, startProcess } from '../measure/process.ts';
import { loadAverage, percentile, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';
import { benchCharter, KINDS, SECONDS } from './charter.ts';

const COUNT = 10_000;
const AT_ONCE = 64;
/** After everything is open; what is due then is spread evenly over a minute. */
const KILLS_AFTER_S = [8, 20] as const;
const LATENESS_MS_MAX = 200;
/** What fell due while the server was dead is handed on within this time of its being ready again. */
const CAUGHT_UP_MS_MAX = 5_000;
const IDLE_MS = 10_000;
const IDLE_PERCENT_MAX = 2;
const BAR = `${COUNT} decisions with 5 to 60 s through two SIGKILLs: none lost, none twice, lateness p99 of all that fell due while it served < ${LATENESS_MS_MAX} ms, idle < ${IDLE_PERCENT_MAX} %`;
const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface Installed {
  readonly directory: string;
  readonly place: Place;
  readonly token: string;
}

interface Ready {
  readonly url: string;
}

function optionsOf({ directory, place }: Pick<Installed, 'directory' | 'place'>) {
  const isOwn = place.store === 'sqlite';
  return {
    config: join(directory, 'firebreak.yaml'),
    data: isOwn ? place.place : join(directory, 'data'),
    store: isOwn ? 'sqlite' : place.place,
  };
}

async function install(place: Place, directory: string): Promise<Installed> {
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), `${text}\n`, { mode: 0o600 });
  };
  write('charter.yaml', benchCharter(Date.now()));
  write('roster.yaml', NORTHLAKE_ROSTER);
  write('master.secret', 'the-master-key-of-a-bench');
  write(
    'firebreak.yaml',
    `server: { host: 127.0.0.1, port: 0 }
keys: { master: "file:master.secret" }
charter: charter.yaml
roster: roster.yaml
log: { level: error }`,
  );
  const settings = resolveSettings(optionsOf({ directory, place }));
  const running = await startServer(settings, { log: createLog('silent'), migrate: true });
  const order = { name: 'bench', scopes: ['admin' as const], person: 'jonas' };
  const { text: token } = await running.parts.tokens.create(order, 'node:bench');
  await running.stop();
  return { directory, place, token };
}

async function serve(installed: Installed): Promise<Started<Ready>> {
  const { config, data, store } = optionsOf(installed);
  const args = ['serve', '--json', '--config', config, '--data', data, '--store', store];
  return await startProcess<Ready>(CLI, args);
}

async function openOne(url: string, token: string, index: number): Promise<string> {
  const kind = KINDS[index % KINDS.length];
  const body = { kind, parameters: { number: index }, reason: 'a bench asks' };
  const answer = await fetch(`${url}/v1/decisions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`decision ${index}: ${answer.status} ${text}`);
  // The answer is the decision as the contract has it.
  return (JSON.parse(text) as { readonly id: string }).id;
}

async function openAll(url: string, token: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < COUNT) {
      const index = next;
      next += 1;
      ids.push(await openOne(url, token, index));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return ids;
}

/** From the kill until the next one is ready. */
interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface HandOff {
  readonly decision: string;
  readonly dueMs: number;
  readonly atMs: number;
}

/** What the ledger says, read when nobody serves any more. */
async function readHandOffs(installed: Installed): Promise<readonly HandOff[]> {
  const settings = resolveSettings(optionsOf(installed));
  const running = await startServer(settings, { log: createLog('silent'), migrate: true });
  try {
    const { store, ledger } = running.parts;
    const rows = await store.query(statement('select id, incident from decision order by id'));
    const found: HandOff[] = [];
    for (const row of rows) {
      const entries = await ledger.incidentEntries(String(row['incident']));
      let dueMs = 0;
      for (const { entry } of entries) {
        // What the response word wrote.
        const data = entry.data as unknown as {
          readonly decision: { readonly deadlineMs: number };
        };
        if (entry.kind === 'decision.opened') dueMs = data.decision.deadlineMs;
        if (entry.kind === 'decision.handed-off')
          found.push({ decision: String(row['id']), dueMs, atMs: Date.parse(entry.at) });
      }
    }
    return found;
  } finally {
    await running.stop();
  }
}

/** When the last of what fell due while nobody served was handed on. */
function caughtUpMs({ fromMs, untilMs }: Outage, handOffs: readonly HandOff[]): number {
  const missed = handOffs.filter(({ dueMs }) => dueMs >= fromMs && dueMs < untilMs);
  return Math.max(untilMs, ...missed.map(({ atMs }) => atMs));
}

/**
 * Two rules of what counts as late, under two names. `lateness`: everything that fell due while a server ran, also while
 * it still worked off what had fallen due before; the bar is held against this one. `latenessAfterCaughtUp` leaves that
 * time out as well.
 */
function judge(
  opened: readonly string[],
  handOffs: readonly HandOff[],
  outages: readonly Outage[],
): Readonly<Record<string, number>> {
  const times = new Map<string, number>();
  for (const { decision } of handOffs) times.set(decision, (times.get(decision) ?? 0) + 1);
  const served: number[] = [];
  const caughtUp: number[] = [];
  const afterOutage: number[] = [];
  const caughtUpAtMs = outages.map((one) => caughtUpMs(one, handOffs));
  for (const { dueMs, atMs } of handOffs) {
    const within = (untilMs: (outage: Outage, index: number) => number): Outage | undefined =>
      outages.find((one, index) => dueMs >= one.fromMs && dueMs < untilMs(one, index));
    const outage = within(({ untilMs }) => untilMs);
    if (outage === undefined) served.push(atMs - dueMs);
    else afterOutage.push(Math.max(0, atMs - outage.untilMs));
    if (within(({ untilMs }, index) => caughtUpAtMs[index] ?? untilMs) === undefined)
      caughtUp.push(atMs - dueMs);
  }
  return {
    lost: opened.filter((id) => !times.has(id)).length,
    twice: [...times.values()].filter((count) => count > 1).length,
    dueWhileServed: served.length,
    ...percentilesOf('lateness', served),
    dueAfterCaughtUp: caughtUp.length,
    ...percentilesOf('latenessAfterCaughtUp', caughtUp),
    dueWhileDown: afterOutage.length,
    handedOnAfterReadyP99Ms: rounded(percentile(afterOutage, 0.99), 0),
    caughtUpAfterReadyMs: Math.max(
      ...outages.map(({ untilMs }, index) => (caughtUpAtMs[index] ?? untilMs) - untilMs),
    ),
  };
}

function percentilesOf(name: string, values: readonly number[]): Readonly<Record<string, number>> {
  return {
    [`${name}P50Ms`]: rounded(percentile(values, 0.5), 0),
    [`${name}P99Ms`]: rounded(percentile(values, 0.99), 0),
    [`${name}MaxMs`]: rounded(percentile(values, 1), 0),
  };
}

async function measure(place: Place): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  try {
    return await measureIn(await install(place, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureIn(installed: Installed): Promise<BenchResult> {
  const { place, token } = installed;
  let server = await serve(installed);
  const startedAt = performance.now();
  const opened = await openAll(server.ready.url, token);
  const openedInMs = performance.now() - startedAt;
  const outages: Outage[] = [];
  for (const afterS of KILLS_AFTER_S) {
    const atMs = openedInMs + afterS * 1_000;
    await sleep(realClock, Math.max(0, atMs - (performance.now() - startedAt)));
    const fromMs = Date.now();
    await server.stop();
    server = await serve(installed);
    outages.push({ fromMs, untilMs: Date.now() });
  }
  const lastMs = openedInMs + (Math.max(...Object.values(SECONDS)) + 5) * 1_000;
  await sleep(realClock, Math.max(0, lastMs - (performance.now() - startedAt)));
  const pids = { process: server.pid, database: place.databasePid };
  const idle = await cpuMsDuring(pids, () => sleep(realClock, IDLE_MS));
  await server.stop();
  const judged = judge(opened, await readHandOffs(installed), outages);
  const idlePercent = rounded(((idle.cpuMs + idle.databaseCpuMs) / IDLE_MS) * 100);
  const { lost = 1, twice = 1 } = judged;
  const latenessP99Ms = judged['latenessP99Ms'] ?? Infinity;
  const caughtUpAfterReadyMs = judged['caughtUpAfterReadyMs'] ?? Infinity;
  return {
    bench: 'decisions',
    bar: BAR,
    ratio: null,
    ok:
      lost + twice === 0 &&
      caughtUpAfterReadyMs < CAUGHT_UP_MS_MAX &&
      latenessP99Ms < LATENESS_MS_MAX &&
      idlePercent < IDLE_PERCENT_MAX,
    ours: {
      store: place.store,
      opened: opened.length,
      openedPerSecond: rounded(opened.length / (openedInMs / 1_000), 0),
      ...judged,
      outagesMs: outages.map(({ fromMs, untilMs }) => untilMs - fromMs),
      idlePercent,
      loadAverage: loadAverage(),
    },
    beside: {},
  };
}

export const decisions: Bench = {
  name: 'decisions',
  what: '10,000 open decisions whose rungs give way after 5 to 60 s, while the server is killed twice',
  run: () => onEachStore(measure),
};
