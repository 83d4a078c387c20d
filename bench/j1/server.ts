import http from 'node:http';
import Fastify from 'fastify';
import {
  createIds,
  createLog,
  type Id,
  realClock,
  systemRandom,
  toTimestamp,
} from '../../src/kernel/index.ts';
import {
  appendCommands,
  createLedger,
  type LedgerEntry,
  ledgerMigrations,
  openLedgerKeys,
} from '../../src/ledger/index.ts';
import {
  createRunner,
  PRIORITY,
  runnerMigrations,
  type Performed,
  type StepPlan,
} from '../../src/runner/index.ts';
import { openStore } from '../../src/store/index.ts';

/** The real store, ledger and runner behind one route: an incident of four effects, durable at every point. */
const [place = '', targetUrl = ''] = process.argv.slice(2);
const log = createLog('error');
const clock = realClock;
const ids = createIds(clock.nowMs, systemRandom);
const store = await openStore(place.startsWith('postgres') ? place : { sqlite: place }, { log });
await store.migrate([...ledgerMigrations, ...runnerMigrations], { apply: true });
const directory = place.startsWith('postgres') ? null : place;
const keys = await openLedgerKeys({ store, directory, passphrase: null, log });
const runner = createRunner({ store, clock, random: systemRandom, ids, log });
const ledger = createLedger({ store, clock, keys, log, nodeId: runner.nodeId });

const EFFECTS = 4;
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const target = new URL(targetUrl);
const waiting = new Map<string, () => void>();

function call(key: string): Promise<Performed> {
  return new Promise((resolve) => {
    const options = {
      agent,
      host: target.hostname,
      port: target.port,
      method: 'POST',
      path: '/apply',
      headers: { 'idempotency-key': key },
    };
    const request = http.request(options, (answer) => {
      answer.resume();
      answer.once('end', () => {
        resolve({ type: 'done', result: { status: answer.statusCode ?? 0 } });
      });
    });
    request.once('error', (error) => {
      resolve({ type: 'failed', reason: error.message, unknown: true });
    });
    request.end();
  });
}

function entryOf(
  incident: string,
  ordinal: number,
  kind: string,
  data: LedgerEntry['data'],
): LedgerEntry {
  return {
    id: ids.next('entry'),
    at: toTimestamp(clock.nowMs()),
    kind,
    actor: `node:${runner.nodeId}`,
    incident,
    ordinal,
    data,
  };
}

runner.register({
  kind: 'bench.effect',
  honoursKeys: () => true,
  perform: async (step) => await call(step.key),
  record: async (step, outcome, settle) => {
    const number = Number(step.payload['number']);
    const entry = entryOf(step.subject, number, 'cut.applied', {
      key: step.key,
      outcome: outcome.type,
    });
    await store.write([...settle, ...appendCommands([entry])], step.subject);
    ledger.written();
    if (number === EFFECTS) waiting.get(step.subject)?.();
  },
});

async function runIncident(): Promise<string> {
  const incident: Id<'incident'> = ids.next('incident');
  const done = new Promise<void>((resolve) => waiting.set(incident, resolve));
  const steps = Array.from({ length: EFFECTS }, (_, index): StepPlan => {
    const id = ids.next('step');
    return {
      id,
      kind: 'bench.effect',
      subject: incident,
      lane: incident,
      laneIsNew: true,
      target: null,
      priority: PRIORITY.cut,
      dueAtMs: clock.nowMs(),
      key: `${incident}:${index + 1}`,
      payload: { number: index + 1 },
    };
  });
  const planned = runner.plan(steps);
  const opened = entryOf(incident, 0, 'incident.opened', {
    title: 'leaked credential',
    effects: EFFECTS,
  });
  await store.write([...appendCommands([opened]), ...planned.commands], incident);
  ledger.written();
  planned.start();
  await done;
  waiting.delete(incident);
  return incident;
}

await ledger.start();
await runner.start();
const server = Fastify({ logger: false });
server.post('/incident', async () => ({ incident: await runIncident() }));
server.get('/statistics', () => ({ store: store.statistics(), runner: runner.statistics() }));
const url = await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ url })}\n`);
