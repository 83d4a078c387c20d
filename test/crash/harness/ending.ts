import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePlace } from '../../../src/store/index.ts';
import type { Desk } from './cases.ts';
import { type Evidence, readStore, type SeenCheckpoint } from './evidence.ts';
import { askSurely, textOf } from './http.ts';
import { type Finding, judge } from './judge.ts';
import type { Senders } from './senders.ts';
import { type Installation, startServe, stopServe } from './server.ts';
import { TARGETS, type World } from './world.ts';

export interface Ending {
  readonly world: World;
  readonly installation: Installation;
  readonly senders: Senders;
  readonly checkpoints: readonly SeenCheckpoint[];
  readonly place: StorePlace;
  readonly directory: string;
}

const TAKEOVER_MS_MAX = 15_000;

/** Compares what a store says, read by a server that knows nothing but it, with the senders and with the world. */
export async function compare(
  ending: Ending,
): Promise<{ readonly findings: readonly Finding[]; readonly ledgerLines: number }> {
  const evidence = await collect(ending);
  const findings = [...ending.senders.wrongs(), ...(await judge(evidence))];
  if (findings.length > 0) keep(ending.directory, evidence, findings);
  return { findings, ledgerLines: evidence.lines.length };
}

async function collect({
  world,
  installation,
  senders,
  checkpoints,
  place,
}: Ending): Promise<Evidence> {
  const { cases, viewsOf, settleAgain } = senders;
  const reader = await startServe(installation);
  const desk = { url: reader.url ?? '', installation };
  const views = await viewsOf(desk);
  settleAgain(views);
  const token = installation.administrator;
  const path = '/v1/ledger/checkpoint';
  const checkpoint = await askSurely(desk.url, { method: 'GET', path, token });
  const ledger = {
    origin: textOf(checkpoint, 'origin'),
    verifierKey: textOf(checkpoint, 'verifierKey'),
  };
  await settleSteps(desk);
  await stopServe(reader);
  const readAtMs = Date.now();
  const { rows, lines } = await readStore(place, ledger);
  const effects = TARGETS.map(async (target) =>
    (await world.effects(target)).map((each) => ({ ...each, target })),
  );
  const given = cases.filter((one) => one.kind === 'alarm' && one.settled);
  const isIn = await Promise.all(given.map((one) => world.lets(one.subject)));
  return {
    cases,
    views,
    lines,
    checkpoints,
    rows,
    readAtMs,
    verifierKey: ledger.verifierKey,
    effects: (await Promise.all(effects)).flat(),
    changes: (await Promise.all(TARGETS.map((target) => world.changes(target)))).flat(),
    attackers: await world.attackers(),
    shutOut: given.filter((_one, index) => isIn[index] !== true).map(({ name }) => name),
  };
}

/** What a dead node held is taken over when its lease ends. */
async function settleSteps({ url, installation }: Desk): Promise<void> {
  const token = installation.administrator;
  const untilMs = Date.now() + TAKEOVER_MS_MAX;
  while (Date.now() < untilMs) {
    const path = '/v1/steps?state=claimed';
    const { steps } = await askSurely(url, { method: 'GET', path, token });
    if (Array.isArray(steps) && steps.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** For those who look for the cause. */
function keep(directory: string, { lines, rows }: Evidence, findings: readonly Finding[]): void {
  writeFileSync(join(directory, 'findings.txt'), `${findings.join('\n')}\n`);
  writeFileSync(join(directory, 'ledger.ndjson'), `${lines.join('\n')}\n`);
  writeFileSync(join(directory, 'steps.json'), JSON.stringify(rows.steps, null, 1));
}
