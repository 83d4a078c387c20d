import { join } from 'node:path';
import { createSeededRandom } from '../../../src/kernel/index.ts';
import type { StorePlace } from '../../../src/store/index.ts';
import type { Desk } from './cases.ts';
import { compare } from './ending.ts';
import { type Kill, secondTry } from './plan.ts';
import type { SeenCheckpoint } from './evidence.ts';
import type { Finding } from './judge.ts';
import { killChildren } from './process.ts';
import { createSenders, type Senders } from './senders.ts';
import { install, type Installation, startServe } from './server.ts';
import { createSupply, identitiesFor } from './supply.ts';
import { startWorld, type World } from './world.ts';

/** Of a stop point that was missed. */
const TRIES_MAX = 4;

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
  /** Stop points that no process came to, not even once. */
  readonly missed: readonly string[];
  /** Stop points whose passage was not reached, so that the first one was taken instead; each with a wave of its own. */
  readonly armedAgain: number;
  readonly incidents: number;
  /** Incidents that were not at their end when a kill struck, the fewest and on average. */
  readonly underWayMin: number;
  readonly underWayMean: number;
  readonly lostAnswers: number;
  readonly repeats: number;
  readonly ledgerLines: number;
  readonly findings: readonly Finding[];
}

/** Minutes on a busy machine; a machine of its own takes a quarter of it. */
const PATIENCE_MS = 120_000;
const WATCH_MS = 500;
/** A stop point is passed within this time, or nothing under way comes to it. */
const POINT_MS_MAX = 12_000;

export function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One store from its first start to its end, killed again and again; then everything is compared. */
export async function live(options: LifeOptions): Promise<LifeReport> {
  const { seed, place, directory, kills, casesPerKill, progress = () => undefined } = options;
  const random = createSeededRandom(seed);
  const points = kills.filter((kill) => kill.at === 'point').length;
  const identitiesPerTarget = identitiesFor((kills.length + points) * casesPerKill);
  const world = await startWorld({ seed, identitiesPerTarget });
  try {
    const installation = await install(world, place, join(directory, 'installation'));
    const senders = createSenders(random);
    const life = new Life(world, installation, senders);
    const newCases = await createSupply(world, random);
    for (const [index, kill] of kills.entries()) {
      senders.cases.push(...(await newCases(casesPerKill)));
      if (!(await life.survive(kill))) {
        senders.cases.push(...(await newCases(casesPerKill)));
        await life.surviveAgain(kill);
      }
      progress(`seed ${seed}: kill ${index + 1} of ${kills.length} (${nameOf(kill)})`);
    }
    await life.settle();
    const { checkpoints } = life;
    const ending = { world, installation, senders, checkpoints, place, directory };
    return { ...life.report(), seed, kills: kills.length, ...(await compare(ending)) };
  } finally {
    await world.stop();
    killChildren();
  }
}

class Life {
  readonly checkpoints: SeenCheckpoint[] = [];
  readonly #world: World;
  readonly #installation: Installation;
  readonly #senders: Senders;
  readonly #missed: string[] = [];
  #armedAgain = 0;
  readonly #underWay: number[] = [];

  constructor(world: World, installation: Installation, senders: Senders) {
    this.#world = world;
    this.#installation = installation;
    this.#senders = senders;
  }

  report(): Omit<LifeReport, 'seed' | 'kills' | 'findings' | 'ledgerLines'> {
    const { cases, lostAnswers, repeats } = this.#senders;
    const sum = this.#underWay.reduce((total, each) => total + each, 0);
    return {
      missed: this.#missed,
      armedAgain: this.#armedAgain,
      incidents: cases.length,
      underWayMin: Math.min(...this.#underWay),
      underWayMean: Math.round(sum / Math.max(1, this.#underWay.length)),
      lostAnswers: lostAnswers(),
      repeats: repeats(),
    };
  }

  /** Serves and sends until the process is dead. False when it did not come to the point and was killed from outside. */
  async survive(kill: Kill): Promise<boolean> {
    const stopAt = kill.at === 'point' ? { stopAt: kill } : {};
    const { url, child } = await startServe(this.#installation, stopAt);
    let struck = true;
    if (url !== null) {
      const desk = { url, installation: this.#installation };
      await this.#seeCheckpoint(desk);
      const sending = this.#senders.sendUntil(desk, child.hasEnded);
      await Promise.race([
        sleepMs(kill.at === 'instant' ? kill.afterMs : POINT_MS_MAX),
        child.ended,
      ]);
      if (!child.hasEnded()) {
        struck = kill.at === 'instant';
        child.signal('SIGKILL');
      }
      const ended = await child.ended;
      if (ended !== 'SIGKILL') {
        this.#senders.wrong(`serve ended by itself (${ended}): ${child.said().join(' ')}`);
      }
      await sending;
    }
    this.#underWay.push(this.#senders.cases.filter((one) => !one.settled).length);
    return struck;
  }

  /**
   * How often a process comes by a point depends on how fast the machine is today. What was missed is taken at its first
   * passage, with new incidents under way, so that it never is a matter of luck.
   */
  async surviveAgain(kill: Kill): Promise<void> {
    this.#armedAgain += 1;
    let struck = false;
    // Whether a read-back is owed after a death is a matter of what was under way: a few deaths make sure of one.
    for (let tries = 0; tries < TRIES_MAX && !struck; tries += 1) {
      for (const again of secondTry(kill)) struck = await this.survive(again);
    }
    if (!struck) this.#missed.push(nameOf(kill));
  }

  /** Undisturbed until every case is at its end; killed once more then. */
  async settle(): Promise<void> {
    const { url, child } = await startServe(this.#installation);
    if (url === null) throw new Error('serve was killed by nobody');
    const desk = { url, installation: this.#installation };
    await settleAll(this.#world, this.#senders, desk, PATIENCE_MS);
    await this.#senders.repeatSome(desk);
    await this.#seeCheckpoint(desk);
    child.signal('SIGKILL');
    await child.ended;
  }

  async #seeCheckpoint(desk: Desk): Promise<void> {
    const seen = await this.#senders.checkpoint(desk);
    if (seen !== null && seen.size > 0) this.checkpoints.push(seen);
  }
}

/** Every case at its end and no attacker with access, by the world's word; false when that takes longer. */
export async function settleAll(
  world: World,
  senders: Senders,
  desk: Desk,
  withinMs: number,
): Promise<boolean> {
  const untilMs = Date.now() + withinMs;
  while (Date.now() < untilMs) {
    await senders.sendUntil(
      desk,
      () => Date.now() > untilMs || senders.cases.every((one) => one.settled),
    );
    const attackers = await world.attackers();
    if (attackers.every(({ willBeAbleTo }) => willBeAbleTo.length === 0)) break;
    await sleepMs(WATCH_MS);
  }
  // What was minted in a gap is found by the watch: its incident was contained, and is to be so again.
  for (const one of senders.cases) if (one.kind === 'leak') one.settled = false;
  await senders.sendUntil(
    desk,
    () => Date.now() > untilMs || senders.cases.every((one) => one.settled),
  );
  return senders.cases.every((one) => one.settled);
}

export function nameOf(kill: Kill): string {
  return kill.at === 'point' ? `${kill.point}:${kill.passage}` : `after ${kill.afterMs} ms`;
}
