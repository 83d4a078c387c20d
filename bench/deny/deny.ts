import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMsDuring } from '../measure/cpu.ts';
import { type Caller, openCaller, requestText } from '../measure/load.ts';
import { startProcess } from '../measure/process.ts';
import { loadAverage, percentile, rounded } from '../measure/statistics.ts';
import { onEachStore, type Place } from '../measure/stores.ts';
import type { Bench, BenchResult } from '../result.ts';

const PER_SECOND = 100;
const SECONDS = 8;
const WARM = 100;
const COUNT = PER_SECOND * SECONDS;
const BAR_MS = 50;
const GIVE_UP_MS = 10_000;
/** Between two questions of one client: asking without pause would measure the asking. */
const PAUSE_MS = 2;
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Subject {
  readonly url: string;
  readonly token: string;
  readonly source: { readonly name: string; readonly secret: string };
  readonly target: string;
  readonly credentials: readonly string[];
}

function signalOf(subject: Subject, credential: string): string {
  const nowMs = Date.now();
  const body = JSON.stringify({
    type: 'credential-exposed',
    subject: { refs: [{ system: subject.target, type: 'credential', value: credential }] },
    occurredAt: new Date(nowMs).toISOString(),
    confidence: 'strong',
    key: `bench-${credential}`,
  });
  const at = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', subject.source.secret).update(`${at}.${body}`).digest('hex');
  return requestText(`${subject.url}/v1/signals`, body, {
    'content-type': 'application/json',
    'firebreak-source': subject.source.name,
    'firebreak-signature': `t=${at},v1=${mac}`,
  });
}

function questionOf(subject: Subject, credential: string): string {
  const body = JSON.stringify({
    subject: { type: 'identity', id: credential },
    action: { name: 'read' },
    resource: { type: 'pipeline', id: 'release' },
    context: { credential },
  });
  return requestText(`${subject.url}/access/v1/evaluation`, body, {
    'content-type': 'application/json',
    authorization: `Bearer ${subject.token}`,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

interface Lag {
  readonly acceptMs: number;
  /** From the answer to the signal to the answer that denies; null when it did not come. */
  readonly denyMs: number | null;
  readonly questions: number;
}

/** Asks the gate again and again, as a client that works does, until it says no. */
async function denyAfterSignal(subject: Subject, credential: string, caller: Caller): Promise<Lag> {
  const question = questionOf(subject, credential);
  const before = await caller.send(question);
  if (before.status !== 200 || !before.body.includes('"decision":true')) {
    throw new Error(`before the signal the gate answers ${before.status} ${before.body}`);
  }
  const sentAt = performance.now();
  const accepted = await caller.send(signalOf(subject, credential));
  const acceptedAt = performance.now();
  if (accepted.status !== 202) throw new Error(`${accepted.status} ${accepted.body}`);
  const acceptMs = acceptedAt - sentAt;
  for (let questions = 1; performance.now() - acceptedAt < GIVE_UP_MS; questions += 1) {
    const answer = await caller.send(question);
    if (answer.body.includes('"decision":false')) {
      return { acceptMs, denyMs: performance.now() - acceptedAt, questions };
    }
    await pause(PAUSE_MS);
  }
  return { acceptMs, denyMs: null, questions: -1 };
}

/** One signal every 10 ms, whatever has become of the ones before. */
async function flood(subject: Subject, credentials: readonly string[]): Promise<readonly Lag[]> {
  const free: Caller[] = [];
  const startedAt = performance.now();
  return await Promise.all(
    credentials.map(async (credential, index) => {
      const waitMs = startedAt + (index * 1_000) / PER_SECOND - performance.now();
      await pause(waitMs);
      const caller = free.pop() ?? (await openCaller(subject.url));
      const lag = await denyAfterSignal(subject, credential, caller);
      free.push(caller);
      return lag;
    }),
  );
}

async function beside(place: Place, data: string): Promise<BenchResult> {
  const worldArgs = ['--port', '0', '--targets', 'ci', '--identities', String(COUNT + WARM)];
  const world = await startProcess<{ readonly url: string; readonly adminToken: string }>(
    file('../../src/world/main.ts'),
    worldArgs,
  );
  const store = place.store === 'postgres' ? place.place : '';
  const { url, adminToken } = world.ready;
  const server = await startProcess<Subject>(file('./server.ts'), [data, store, url, adminToken]);
  try {
    const subject = server.ready;
    await flood(subject, subject.credentials.slice(0, WARM));
    const measured = await cpuMsDuring({ process: server.pid }, () =>
      flood(subject, subject.credentials.slice(WARM, WARM + COUNT)),
    );
    return judge(place.store, measured.value, measured.cpuMs);
  } finally {
    await server.stop();
    await world.stop();
  }
}

function judge(store: string, lags: readonly Lag[], cpuMs: number): BenchResult {
  const denials = lags.flatMap(({ denyMs }) => denyMs ?? []);
  const accepts = lags.map(({ acceptMs }) => acceptMs);
  const p99 = percentile(denials, 0.99);
  const missing = lags.length - denials.length;
  return {
    bench: 'deny',
    bar: `p99 < ${BAR_MS} ms from the accepted signal to the first deny, ${PER_SECOND} signals/s`,
    ratio: null,
    ok: missing === 0 && p99 < BAR_MS,
    ours: {
      store,
      signals: lags.length,
      neverDenied: missing,
      denyP50Ms: rounded(percentile(denials, 0.5)),
      denyP99Ms: rounded(p99),
      denyMaxMs: rounded(percentile(denials, 1)),
      acceptP50Ms: rounded(percentile(accepts, 0.5)),
      acceptP99Ms: rounded(percentile(accepts, 0.99)),
      questionsP99: percentile(
        lags.map(({ questions }) => questions),
        0.99,
      ),
      serverCpuMsPerIncident: rounded(cpuMs / lags.length),
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

export const deny: Bench = {
  name: 'deny',
  what: 'from the accepted signal to the first deny at the gate, over HTTP, while incidents run their course',
  run: () => onEachStore(measure),
};
