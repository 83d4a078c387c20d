import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { denyAfterSignal, type Lag, pause, type Subject } from '../deny/first-deny.ts';
import { cpuMsDuring } from '../measure/cpu.ts';
import { openCaller } from '../measure/load.ts';
import { startProcess } from '../measure/process.ts';
import { loadAverage, percentile, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const COUNT = Number(process.env['FIREBREAK_BENCH_THOUSAND'] ?? 1_000);
const PROVEN_S = 60;
const DENY_MS = 50;
const CARDS_MAX = 12;
/** Other incidents that open meanwhile: five at a time, from the approval on. */
const OTHERS_AT_ONCE = 5;
const OTHERS_TIMES = 6;
const OTHERS_EVERY_MS = 1_500;
const WARM = 20;
const SETTLE_MS = 5_000;
const LOOK_MS = 1_000;
const GIVE_UP_MS = 300_000;
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Asked {
  readonly incident: string;
  readonly identities: number;
}

interface Incident {
  readonly standing: { readonly contained: boolean; readonly sentence: string };
  readonly batches: readonly { readonly questions: readonly string[] | null }[];
  readonly decisions: readonly { readonly id: string; readonly digest: string }[];
  readonly cuts: readonly { readonly status: string }[];
}

interface Timeline {
  readonly entries: readonly { readonly at: string; readonly kind: string }[];
}

async function call<Answer>(subject: Subject, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${subject.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${subject.decider}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  // The answers are those of the contract.
  return JSON.parse(text) as Answer;
}

async function untilSo(
  subject: Subject,
  incident: string,
  isSo: (now: Incident) => boolean,
): Promise<Incident> {
  const startedAt = performance.now();
  for (;;) {
    const now = await call<Incident>(subject, `/v1/incidents/${incident}`);
    if (isSo(now)) return now;
    if (performance.now() - startedAt > GIVE_UP_MS) throw new Error(now.standing.sentence);
    await pause(LOOK_MS);
  }
}

async function denyOthers(
  subject: Subject,
  credentials: readonly string[],
): Promise<readonly Lag[]> {
  const lags: Lag[] = [];
  for (let time = 0; time * OTHERS_AT_ONCE < credentials.length; time += 1) {
    const some = credentials.slice(time * OTHERS_AT_ONCE, (time + 1) * OTHERS_AT_ONCE);
    const each = some.map(async (credential) => {
      const caller = await openCaller(subject.url);
      const lag = await denyAfterSignal(subject, credential, caller);
      caller.end();
      return lag;
    });
    lags.push(...(await Promise.all(each)));
    await pause(OTHERS_EVERY_MS);
  }
  return lags;
}

interface Course {
  readonly asked: Asked;
  readonly questions: number;
  readonly askedMs: number;
  readonly others: readonly Lag[];
  readonly cuts: number;
  readonly provenAfterMs: number;
  readonly entries: number;
}

async function course(subject: Subject): Promise<Course> {
  const others = subject.credentials.slice(COUNT + WARM);
  const askedAt = performance.now();
  const asked = await call<Asked>(subject, '/v1/batches', {
    refs: subject.identities.slice(0, COUNT),
    stage: 'isolate',
    reason: 'their vendor was broken into',
  });
  const ready = await untilSo(subject, asked.incident, ({ batches }) =>
    batches.some(({ questions }) => questions !== null),
  );
  const askedMs = performance.now() - askedAt;
  const approvedAtMs = Date.now();
  for (const { id, digest } of ready.decisions) {
    await call(subject, `/v1/decisions/${id}`, { outcome: 'approve', reason: 'yes', digest });
  }
  const [lags, contained] = await Promise.all([
    denyOthers(subject, others.slice(0, OTHERS_AT_ONCE * OTHERS_TIMES)),
    untilSo(subject, asked.incident, ({ standing }) => standing.contained),
  ]);
  const { entries } = await call<Timeline>(subject, `/v1/incidents/${asked.incident}/timeline`);
  const proven = entries.filter(({ kind }) => kind === 'cut.proven');
  const lastMs = Math.max(...proven.map(({ at }) => Date.parse(at)));
  return {
    asked,
    questions: ready.decisions.length,
    askedMs,
    others: lags,
    cuts: contained.cuts.filter(({ status }) => status === 'proven').length,
    provenAfterMs: lastMs - approvedAtMs,
    entries: entries.length,
  };
}

async function beside(place: Place, data: string): Promise<BenchResult> {
  const identities = COUNT + WARM + OTHERS_AT_ONCE * OTHERS_TIMES;
  const args = ['--port', '0', '--targets', 'ci', '--identities', String(identities)];
  const world = await startProcess<{ readonly url: string; readonly adminToken: string }>(
    file('../../src/world/main.ts'),
    args,
  );
  const store = place.store === 'postgres' ? place.place : '';
  const { url, adminToken } = world.ready;
  const serverArgs = [data, store, url, adminToken];
  const server = await startProcess<Subject>(file('../deny/server.ts'), serverArgs);
  try {
    const subject = server.ready;
    await denyOthers(subject, subject.credentials.slice(COUNT, COUNT + WARM));
    await pause(SETTLE_MS);
    const pids = { process: server.pid, database: place.databasePid };
    const measured = await cpuMsDuring(pids, () => course(subject));
    return judge(place.store, subject.propagationMs, measured.value, measured);
  } finally {
    await server.stop();
    await world.stop();
  }
}

function judge(
  store: string,
  propagationMs: number,
  told: Course,
  cpu: { readonly cpuMs: number; readonly databaseCpuMs: number },
): BenchResult {
  const denials = told.others.flatMap(({ denyMs }) => denyMs ?? []);
  const seconds = (told.provenAfterMs - propagationMs) / 1_000;
  const p99 = percentile(denials, 0.99);
  return {
    bench: 'thousand',
    bar: `${COUNT} identities in one incident: at most ${CARDS_MAX} questions, all proven within ${PROVEN_S} s + propagation, first deny of others p99 < ${DENY_MS} ms`,
    ratio: null,
    ok:
      seconds < PROVEN_S &&
      told.questions <= CARDS_MAX &&
      denials.length === told.others.length &&
      p99 < DENY_MS,
    ours: {
      store,
      identities: told.asked.identities,
      questions: told.questions,
      askedAfterS: rounded(told.askedMs / 1_000),
      cutsProven: told.cuts,
      provenAfterApprovalS: rounded(told.provenAfterMs / 1_000),
      withoutPropagationS: rounded(seconds),
      otherIncidents: told.others.length,
      otherDenyP50Ms: rounded(percentile(denials, 0.5)),
      otherDenyP99Ms: rounded(p99),
      entries: told.entries,
      serverCpuMsPerIdentity: rounded(cpu.cpuMs / told.asked.identities),
      databaseCpuMsPerIdentity: rounded(cpu.databaseCpuMs / told.asked.identities),
      loadAverage: loadAverage(),
    },
    beside: {},
  };
}

async function measure(place: Place): Promise<BenchResult> {
  if (place.store === 'sqlite') return await beside(place, place.place);
  const data = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  try {
    return await beside(place, data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export const thousand: Bench = {
  name: 'thousand',
  what: 'a thousand identities in one incident, from the approval to the last proof, while other incidents open',
  run: () => onEachStore(measure),
};
