import { createReadStream, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf, cpuSecondsOfFamily, residentBytesOf } from '../measure/cpu.ts';
import { openCaller } from '../measure/load.ts';
import { startProcess, type Started } from '../measure/process.ts';
import { loadAverage, percentile, rounded } from '../measure/statistics.ts';
import type { Place } from '../measure/stores.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A real `serve` on a place, with the token of its administrator. */
export interface InventoryServer {
  readonly url: string;
  readonly pid: number;
  readonly readyAfterMs: number;
  readonly token: string;
  /** As a crash: SIGKILL. */
  readonly stop: () => Promise<void>;
}

export async function startServerOn(
  { store, place }: Place,
  directory: string,
): Promise<InventoryServer> {
  const tokenFile = join(directory, 'administrator.token');
  const where = store === 'sqlite' ? [] : ['--store', place, '--migrate'];
  const args = ['serve', '--json', '--data', directory, '--port', '0', ...where];
  const options = [...args, '--bootstrap-token-file', tokenFile];
  // As the launcher starts it, which has started this process as well.
  const one: Started<{ readonly url: string }> = await startProcess(
    MAIN,
    options,
    process.execArgv,
  );
  const token = readFileSync(tokenFile, 'utf8').trim();
  return {
    url: one.ready.url,
    pid: one.pid,
    readyAfterMs: one.readyAfterMs,
    token,
    stop: one.stop,
  };
}

export interface ImportAnswer {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly rejectedCount: number;
}

/** As the command line sends a file: streamed. */
export async function sendFile(
  { url, token }: InventoryServer,
  file: string,
  mode: 'snapshot' | 'increment',
): Promise<ImportAnswer> {
  const answered = Promise.withResolvers<ImportAnswer>();
  const sent = request(
    `${url}/v1/inventory/import?source=bench&mode=${mode}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        // The route's own form; anything else has another status.
        if (response.statusCode === 200) answered.resolve(JSON.parse(text) as ImportAnswer);
        else answered.reject(new Error(`the import was answered ${response.statusCode}: ${text}`));
      });
    },
  );
  sent.on('error', answered.reject);
  await pipeline(createReadStream(file, { highWaterMark: 262_144 }), sent);
  return await answered.promise;
}

async function metric({ url, token }: InventoryServer, name: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  return Number(new RegExp(`^\\S*${name} (\\S+)$`, 'mu').exec(text)?.[1] ?? Number.NaN);
}

const POLL_MS = 100;

/** Until the map holds so many nodes and nothing waits to be read. */
export async function mapReady(server: InventoryServer, nodesMin: number): Promise<void> {
  for (;;) {
    const [nodes, behind] = [await metric(server, 'map_nodes'), await metric(server, 'map_behind')];
    const loaded = await metric(server, 'map_loaded');
    if (loaded === 1 && behind === 0 && nodes >= nodesMin) return;
    await sleep(POLL_MS);
  }
}

const QUIET_CPU_SECONDS = 0.1;

/** Until the server does nothing any more: its lists are there as well. */
export async function quiet({ pid }: InventoryServer): Promise<void> {
  for (;;) {
    const before = cpuSecondsOf(pid);
    await sleep(1_000);
    if (cpuSecondsOf(pid) - before < QUIET_CPU_SECONDS) return;
  }
}

const LOOKUP_PAUSE_MS = 10;

/** Somebody asks all the while for what the inventory has, over one connection. */
export async function askMeanwhile(
  { url, token }: InventoryServer,
  ref: (count: number) => string,
): Promise<{ readonly stop: () => Promise<readonly number[]> }> {
  const caller = await openCaller(url);
  const tookMs: number[] = [];
  const ended = new AbortController();
  const ask = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const path = `/v1/lookup?ref=${encodeURIComponent(ref(tookMs.length))}`;
      const text = `GET ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`;
      const begunMs = performance.now();
      const { status } = await caller.send(text);
      if (status !== 200) throw new Error(`a lookup was answered ${status}`);
      tookMs.push(performance.now() - begunMs);
      await sleep(LOOKUP_PAUSE_MS);
    }
  };
  const asking = ask();
  asking.catch(() => undefined);
  return {
    stop: async () => {
      ended.abort();
      await asking;
      caller.end();
      return tookMs;
    },
  };
}

const FACET_PAUSE_MS = 200;

/** How many identities of each kind, owner state, ... there are, asked one time after the other. */
export async function askFacets(
  { url, token }: InventoryServer,
  times: number,
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const begunMs = performance.now();
    const response = await fetch(`${url}/v1/identities/facets`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.text();
    if (response.status !== 200) throw new Error(`facets were answered ${response.status}`);
    tookMs.push(performance.now() - begunMs);
    await sleep(FACET_PAUSE_MS);
  }
  return tookMs;
}

export interface Timed<Result> {
  readonly result: Result;
  readonly seconds: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Wall and CPU seconds: on a busy machine only the second says something. */
export async function timed<Result>(
  { pid }: InventoryServer,
  { databasePid }: Place,
  work: () => Promise<Result>,
): Promise<Timed<Result>> {
  const cpuBefore = cpuSecondsOf(pid);
  const databaseBefore = databasePid === null ? 0 : cpuSecondsOfFamily(databasePid);
  const begunMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - begunMs) / 1_000;
  const facts = {
    seconds: rounded(seconds),
    cpuSeconds: rounded(cpuSecondsOf(pid) - cpuBefore),
    ...(databasePid === null
      ? {}
      : { databaseCpuSeconds: rounded(cpuSecondsOfFamily(databasePid) - databaseBefore) }),
    residentMegabytes: Math.round(residentBytesOf(pid) / 1e6),
    loadAverage: loadAverage(),
  };
  return { result, seconds, facts };
}

export function lookupFacts(tookMs: readonly number[]): Readonly<Record<string, number>> {
  return {
    lookups: tookMs.length,
    lookupMsP50: rounded(percentile(tookMs, 0.5)),
    lookupMsP99: rounded(percentile(tookMs, 0.99)),
    lookupMsMax: rounded(percentile(tookMs, 1)),
  };
}
