import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSeededRandom, messageOf, systemRandom } from '../../src/kernel/index.ts';
import type { Dialect } from '../../src/store/index.ts';
import { launchPostgres } from '../../src/store/postgres.testing.ts';
import { type LifeReport, live } from './harness/life.ts';
import { instantKills } from './harness/plan.ts';

const USAGE = `npm run crash -- --instants N [--store sqlite|postgres] [--seed S] [--json]

Kills a serving process at N random instants per store (both without --store), lets it start again, and compares what it
did with what the simulated world saw. A life of one store has up to 30 kills; life number i has seed S + i.
`;

/** A store lives through so many kills; then everything is compared, and the next one begins. */
const KILLS_PER_LIFE = 30;
const CASES_PER_KILL = 20;

interface Options {
  readonly instants: number;
  readonly stores: readonly Dialect[];
  readonly seed: number;
  readonly json: boolean;
}

interface Summary {
  readonly store: Dialect;
  readonly seed: number;
  readonly instants: number;
  readonly lives: number;
  readonly incidents: number;
  readonly underWayMin: number;
  readonly underWayMean: number;
  readonly lostAnswers: number;
  readonly repeats: number;
  readonly ledgerLines: number;
  readonly seconds: number;
  readonly findings: readonly string[];
}

function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      instants: { type: 'string', default: '30' },
      store: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { store, json } = values;
  const instants = Number(values.instants);
  const seed = Number(values.seed ?? Math.floor(systemRandom() * 2 ** 31));
  const known = store === undefined || store === 'sqlite' || store === 'postgres';
  if (values.help || !known || !Number.isInteger(instants) || instants < 1) return null;
  if (!Number.isInteger(seed)) return null;
  const stores: readonly Dialect[] = store === undefined ? ['sqlite', 'postgres'] : [store];
  return { instants, stores, seed, json };
}

async function oneLife(
  store: Dialect,
  seed: number,
  instants: number,
  say: (line: string) => void,
): Promise<LifeReport> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-crash-'));
  const postgres = store === 'postgres' ? await launchPostgres() : null;
  try {
    const report = await live({
      seed,
      directory,
      place:
        postgres === null ? { sqlite: join(directory, 'data') } : await postgres.freshDatabase(),
      kills: instantKills(createSeededRandom(seed), instants),
      casesPerKill: CASES_PER_KILL,
      progress: say,
    });
    if (report.findings.length === 0) rmSync(directory, { recursive: true, force: true });
    else say(`what was found lies in ${directory}`);
    return report;
  } finally {
    await postgres?.stop();
  }
}

async function runStore(options: Options, store: Dialect): Promise<Summary> {
  const startedAtMs = performance.now();
  const reports: LifeReport[] = [];
  for (let done = 0; done < options.instants; done += KILLS_PER_LIFE) {
    const seed = options.seed + reports.length;
    const instants = Math.min(KILLS_PER_LIFE, options.instants - done);
    reports.push(await oneLife(store, seed, instants, (line) => progress(`${store}: ${line}`)));
    const last = reports.at(-1);
    for (const finding of last?.findings ?? []) progress(`${store}: FOUND ${finding}`);
    if ((last?.findings.length ?? 0) > 0) {
      progress(`again: npm run crash -- --store ${store} --seed ${seed} --instants ${instants}`);
    }
  }
  const sum = (read: (report: LifeReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  return {
    store,
    seed: options.seed,
    instants: sum((report) => report.kills),
    lives: reports.length,
    incidents: sum((report) => report.incidents),
    underWayMin: Math.min(...reports.map((report) => report.underWayMin)),
    underWayMean: Math.round(sum((report) => report.underWayMean) / reports.length),
    lostAnswers: sum((report) => report.lostAnswers),
    repeats: sum((report) => report.repeats),
    ledgerLines: sum((report) => report.ledgerLines),
    seconds: Math.round((performance.now() - startedAtMs) / 1_000),
    findings: reports.flatMap((report) => report.findings),
  };
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tell(summary: Summary): string {
  const { store, findings, instants, incidents, lives, seed, seconds } = summary;
  const verdict = findings.length === 0 ? 'every promise held' : `${findings.length} FINDINGS`;
  return `${store}: ${instants} kills in ${lives} lives, ${incidents} incidents, ${summary.underWayMean} under way at a kill on average, ${summary.lostAnswers} answers lost, ${summary.ledgerLines} ledger lines verified, ${seconds} s, seed ${seed}: ${verdict}`;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    process.stdout.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  let isWell = true;
  for (const store of options.stores) {
    const summary = await runStore(options, store);
    process.stdout.write(`${options.json ? JSON.stringify(summary) : tell(summary)}\n`);
    isWell &&= summary.findings.length === 0;
  }
  return isWell ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}
