import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { j1 } from './j1/j1.ts';
import { who } from './authority/who.ts';
import { decisions } from './decisions/decisions.ts';
import { deny } from './deny/deny.ts';
import { inventoryImport } from './import/import.ts';
import { prove } from './prove/prove.ts';
import { reach } from './reach/reach.ts';
import { start } from './start/start.ts';
import { step } from './step/step.ts';
import { thousand } from './thousand/thousand.ts';
import { waiting } from './waiting/waiting.ts';
import type { Bench, BenchResult } from './result.ts';

const BENCHES: readonly Bench[] = [
  j1,
  deny,
  thousand,
  reach,
  start,
  step,
  waiting,
  inventoryImport,
  who,
  prove,
  decisions,
];
const directory = fileURLToPath(new URL('.', import.meta.url));

/** Comparators are heavy; they are installed when somebody measures, never before. */
function installComparators(): void {
  const wanted = ['node-red', '@duckdb/node-api'];
  if (wanted.every((name) => existsSync(`${directory}node_modules/${name}`))) return;
  process.stderr.write('bench: installing what it is measured beside\n');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = spawnSync('npm', args, { cwd: directory, stdio: ['ignore', 2, 2] });
  if (installed.status !== 0) {
    process.stderr.write(
      'bench: npm ci failed. Remedy: run `npm ci` in bench/ and read its message.\n',
    );
    process.exit(2);
  }
}

function tell(result: BenchResult, what: string): void {
  const ratio = result.ratio === null ? 'no ratio' : `${result.ratio}x`;
  process.stdout.write(
    `\n${result.bench}: ${what}\n  bar   ${result.bar}\n  ratio ${ratio}  ${result.ok ? 'ok' : 'MISSED'}\n`,
  );
  for (const [side, facts] of [
    ['ours', result.ours],
    ['beside', result.beside],
  ] as const) {
    for (const [name, value] of Object.entries(facts)) {
      process.stdout.write(`  ${side.padEnd(6)} ${name}: ${JSON.stringify(value)}\n`);
    }
  }
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    const known = BENCHES.map((bench) => bench.name).join(', ');
    process.stderr.write(
      `bench: there is no bench ${unknown.join(', ')}. Remedy: choose from ${known}.\n`,
    );
    process.exit(2);
  }
  const chosen = BENCHES.filter((one) => names.length === 0 || names.includes(one.name));
  if (chosen.some((bench) => bench.needsComparators === true)) installComparators();
  for (const bench of chosen) {
    for (const result of await runOne(bench)) {
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else tell(result, bench.what);
      if (!result.ok) process.exitCode = Math.max(Number(process.exitCode ?? 0), 1);
    }
  }
}

/** One bench that cannot run must not take the others with it. */
async function runOne(bench: Bench): Promise<readonly BenchResult[]> {
  try {
    return await bench.run();
  } catch (error) {
    process.exitCode = 2;
    const problem = error instanceof Error ? error.message : String(error);
    const ours = { problem };
    return [{ bench: bench.name, bar: 'it runs', ratio: null, ok: false, ours, beside: {} }];
  }
}

await main(process.argv.slice(2));
process.exit();
