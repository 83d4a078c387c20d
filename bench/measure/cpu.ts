import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

interface ProcessFacts {
  readonly parent: number;
  readonly seconds: number;
  readonly residentBytes: number;
}

/** Linux. User and system time of all threads. */
function factsOf(pid: number): ProcessFacts {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    parent: Number(fields[1]),
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** CPU seconds of a process so far, its threads included. */
export function cpuSecondsOf(pid: number): number {
  return factsOf(pid).seconds;
}

export function residentBytesOf(pid: number): number {
  return factsOf(pid).residentBytes;
}

/** Of a process and its children: a database server. */
export function cpuSecondsOfFamily(pid: number): number {
  return [...secondsInFamily(pid).values()].reduce((sum, seconds) => sum + seconds, 0);
}

/** Children come and go; what one used before it ended is not what the others did not use. */
function secondsInFamily(pid: number): ReadonlyMap<number, number> {
  const seconds = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    try {
      const facts = factsOf(Number(name));
      if (facts.parent === pid || Number(name) === pid) seconds.set(Number(name), facts.seconds);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return seconds;
}

/** CPU milliseconds that `work` costs a process, or a database server, or nothing where there is none. */
export async function cpuMsDuring<Value>(
  pids: { readonly process: number; readonly database?: number | null },
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly cpuMs: number; readonly databaseCpuMs: number }> {
  const database = (): ReadonlyMap<number, number> =>
    pids.database == null ? new Map() : secondsInFamily(pids.database);
  const before = { own: cpuSecondsOf(pids.process), database: database() };
  const value = await work();
  let databaseSeconds = 0;
  for (const [pid, seconds] of database())
    databaseSeconds += seconds - (before.database.get(pid) ?? 0);
  return {
    value,
    cpuMs: (cpuSecondsOf(pids.process) - before.own) * 1_000,
    databaseCpuMs: databaseSeconds * 1_000,
  };
}
