import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  randomInteger,
  type Random,
  createSeededRandom,
  type StopPoint,
} from '../../../src/kernel/index.ts';
import type { StorePlace } from '../../../src/store/index.ts';
import { type Case, CASE_KINDS, type Desk, isSettled, startAttack } from './cases.ts';
import { type Evidence, readStore, type SeenCheckpoint } from './evidence.ts';
import { askSurely } from './http.ts';
import { type Finding, judge } from './judge.ts';
import { createSenders, type Senders } from './senders.ts';
import { install, type Installation, type ServerProcess, startServe, stopServe } from './server.ts';
import { startWorld, type Subject, TARGETS, type World } from './world.ts';

export type Kill =
  | { readonly at: 'point'; readonly point: StopPoint; readonly passage: number }
  | { readonly at: 'instant'; readonly afterMs: number };

export interface LifeOptions {
  readonly seed: number;
  readonly place: StorePlace;
  readonly directory: string;
  readonly kills: readonly Kill[];
  readonly casesPerKill: number;
  readonly progress?: (line: string) => void;
}

export interface LifeReport {
  readonly seed: number;
  readonly kills: number;
  /** Stop points whose passage no process came to. */
  readonly missed: readonly string[];
  readonly incidents: number;
  /** Incidents that were not at their end when a kill struck, the fewest and on average. */
  readonly underWayMin: number;
  readonly underWayMean: number;
  readonly lostAnswers: number;
  readonly repeats: number;
  readonly entries: number;
  readonly findings: readonly Finding[];
}

const PATIENCE_MS = 90_000;
const TAKEOVER_MS_MAX = 15_000;
/** A stop point is passed within this time, or nothing under way comes to it. */
const POINT_MS_MAX = 12_000;

export function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One store from its first start to its end, killed again and again; then everything is compared. */
export async function live(options: LifeOptions): Promise<LifeReport> {
  const { seed, place, directory, kills, casesPerKill } = options;
  const random = createSeededRandom(seed);
  const identitiesPerTarget = Math.ceil(((kills.length + 1) * casesPerKill) / TARGETS.length) + 1;
  const world = await startWorld({ seed, identitiesPerTarget });
  try {
    const installation = await install(world, place, join(directory, 'installation'));
    const life = new Life(options, world, installation, random);
    return await life.run();
  } finally {
    await world.stop();
  }
}

class Life {
  readonly #options: LifeOptions;
  readonly #world: World;
  readonly #installation: Installation;
  readonly #random: Random;
  readonly #senders: Senders;
  readonly #checkpoints: SeenCheckpoint[] = [];
  readonly #missed: string[] = [];
  readonly #underWay: number[] = [];
  #unused: { readonly target: string; readonly identity: string }[] = [];

  constructor(options: LifeOptions, world: World, installation: Installation, random: Random) {
    this.#options = options;
    this.#world = world;
    this.#installation = installation;
    this.#random = random;
    this.#senders = createSenders(random);
  }

  async run(): Promise<LifeReport> {
    const { kills, casesPerKill, seed, progress = () => undefined } = this.#options;
    this.#unused = await unusedIdentities(this.#world);
    for (const [index, kill] of kills.entries()) {
      await this.#addCases(casesPerKill);
      await this.#survive(kill);
      progress(`seed ${seed}: kill ${index + 1} of ${kills.length} (${nameOf(kill)})`);
    }
    const evidence = await this.#finish();
    const findings = await judge(evidence);
    if (findings.length > 0) keep(this.#options.directory, evidence, findings);
    const { cases, lostAnswers, repeats, wrongs } = this.#senders;
    const sum = this.#underWay.reduce((total, each) => total + each, 0);
    return {
      seed,
      kills: kills.length,
      missed: this.#missed,
      incidents: cases.length,
      underWayMin: Math.min(...this.#underWay),
      underWayMean: Math.round(sum / Math.max(1, this.#underWay.length)),
      lostAnswers: lostAnswers(),
      repeats: repeats(),
      entries: evidence.lines.length,
      findings: [...wrongs(), ...findings],
    };
  }

  async #addCases(count: number): Promise<void> {
    const added: Promise<Case>[] = [];
    for (let number = 0; number < count; number += 1) {
      const kind = CASE_KINDS[number % CASE_KINDS.length] ?? 'leak';
      const [taken] = this.#unused.splice(randomInteger(this.#random, this.#unused.length), 1);
      if (taken === undefined) throw new Error('the world has too few identities');
      added.push(this.#newCase(kind, taken, randomInteger(this.#random, 1_500)));
    }
    this.#senders.cases.push(...(await Promise.all(added)));
  }

  async #newCase(
    kind: Case['kind'],
    { target, identity }: { readonly target: string; readonly identity: string },
    mintAtMs: number,
  ): Promise<Case> {
    const suspectAtMs = Date.now();
    const subject: Subject = await this.#world.subjectOf(target, identity);
    const attacker = kind === 'leak' ? await startAttack(this.#world, subject, mintAtMs) : null;
    const name = `${target}/${identity}`;
    const access = this.#world.targets.find((each) => each.name === target);
    const tellsCredentialsApart = access?.grain === 'credential';
    const memory = { acts: new Map(), incident: null, settled: false };
    return { name, kind, subject, tellsCredentialsApart, attacker, suspectAtMs, ...memory };
  }

  /** Serves and sends until the process is dead. */
  async #survive(kill: Kill): Promise<void> {
    const stopAt = kill.at === 'point' ? { stopAt: kill } : {};
    const server = await startServe(this.#installation, stopAt);
    if (server.url === null) {
      this.#noteUnderWay();
      return;
    }
    const desk = { url: server.url, installation: this.#installation };
    await this.#seeCheckpoint(desk);
    const sending = this.#senders.sendUntil(desk, () => server.child.hasEnded());
    await Promise.race([
      sleepMs(kill.at === 'instant' ? kill.afterMs : POINT_MS_MAX),
      server.child.ended,
    ]);
    if (!server.child.hasEnded()) {
      if (kill.at === 'point') this.#missed.push(nameOf(kill));
      server.child.signal('SIGKILL');
    }
    const ended = await server.child.ended;
    if (ended !== 'SIGKILL')
      this.#senders.wrong(`serve ended by itself (${ended}): ${server.child.said().join(' ')}`);
    await sending;
    this.#noteUnderWay();
  }

  #noteUnderWay(): void {
    this.#underWay.push(this.#senders.cases.filter((one) => !one.settled).length);
  }

  async #seeCheckpoint(desk: Desk): Promise<void> {
    const seen = await this.#senders.checkpoint(desk);
    if (seen !== null && seen.size > 0) this.#checkpoints.push(seen);
  }

  /** Undisturbed until every case is at its end, then read by a server that knows nothing but the ledger. */
  async #finish(): Promise<Evidence> {
    const server = await startServe(this.#installation);
    const { url } = server;
    if (url === null) throw new Error('serve was killed by nobody');
    const desk = { url, installation: this.#installation };
    const untilMs = Date.now() + PATIENCE_MS;
    await this.#senders.sendUntil(
      desk,
      () => Date.now() > untilMs || this.#senders.cases.every((one) => one.settled),
    );
    await this.#senders.repeatSome(desk);
    await this.#seeCheckpoint(desk);
    server.child.signal('SIGKILL');
    await server.child.ended;
    return await this.#collect();
  }

  /** What a dead node held is taken over when its lease ends. */
  async #settleSteps(desk: Desk): Promise<void> {
    const token = this.#installation.administrator;
    const untilMs = Date.now() + TAKEOVER_MS_MAX;
    while (Date.now() < untilMs) {
      const path = '/v1/steps?state=claimed';
      const { steps } = await askSurely(desk.url, { method: 'GET', path, token });
      if (Array.isArray(steps) && steps.length === 0) return;
      await sleepMs(200);
    }
  }

  async #collect(): Promise<Evidence> {
    const { cases, viewsOf, settleAgain } = this.#senders;
    const reader = await startServe(this.#installation);
    const desk = { url: reader.url ?? '', installation: this.#installation };
    const views = await viewsOf(desk);
    settleAgain(views);
    const token = this.#installation.administrator;
    const checkpoint = await askSurely(desk.url, {
      method: 'GET',
      path: '/v1/ledger/checkpoint',
      token,
    });
    const { origin, verifierKey } = checkpoint;
    await this.#settleSteps(desk);
    await stopServe(reader);
    const readAtMs = Date.now();
    const ledger = { origin: String(origin), verifierKey: String(verifierKey) };
    const { rows, lines } = await readStore(this.#options.place, ledger);
    const effects = TARGETS.map(async (target) =>
      (await this.#world.effects(target)).map((each) => ({ ...each, target })),
    );
    const given = cases.filter((one) => one.kind === 'alarm' && one.settled);
    const isIn = await Promise.all(given.map((one) => this.#world.lets(one.subject)));
    return {
      cases,
      views,
      lines,
      verifierKey: ledger.verifierKey,
      checkpoints: this.#checkpoints,
      rows,
      readAtMs,
      effects: (await Promise.all(effects)).flat(),
      changes: (await Promise.all(TARGETS.map((target) => this.#world.changes(target)))).flat(),
      attackers: await this.#world.attackers(),
      shutOut: given.filter((_one, index) => isIn[index] !== true).map(({ name }) => name),
    };
  }
}

/** For those who look for the cause. */
function keep(directory: string, { lines, rows }: Evidence, findings: readonly Finding[]): void {
  writeFileSync(join(directory, 'findings.txt'), `${findings.join('\n')}\n`);
  writeFileSync(join(directory, 'ledger.ndjson'), `${lines.join('\n')}\n`);
  writeFileSync(join(directory, 'steps.json'), JSON.stringify(rows.steps, null, 1));
}

export function nameOf(kill: Kill): string {
  return kill.at === 'point' ? `${kill.point}:${kill.passage}` : `after ${kill.afterMs} ms`;
}

/** Every identity of the organisation that is neither ours nor an administrator's. */
async function unusedIdentities(
  world: World,
): Promise<{ readonly target: string; readonly identity: string }[]> {
  const own = new Set(['firebreak', 'probe-control', 'platform-admin', 'break-glass']);
  const targets = new Set<string>(TARGETS);
  const lines = (await world.inventory()).split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    // Lines of an inventory as the world writes them.
    const { type, refs = [] } = JSON.parse(line) as InventoryLine;
    const [ref] = refs;
    if (type !== 'identity' || ref === undefined || !targets.has(ref.system)) return [];
    return own.has(ref.value) ? [] : [{ target: ref.system, identity: ref.value }];
  });
}

interface InventoryLine {
  readonly type: string;
  readonly refs?: readonly { readonly system: string; readonly value: string }[];
}
