import { expect } from 'vitest';
import {
  type CharterChoice,
  type Engine,
  MIGRATIONS,
  northlakeCharter,
  NORTHLAKE_ROSTER,
} from '../../../src/app/index.ts';
import type { Connector } from '../../../src/connectors/contract.ts';
import { present, realClock, sleep, toTimestamp, type Log } from '../../../src/kernel/index.ts';
import type { IncidentEntry } from '../../../src/response/incident/testing.ts';
import type {
  CutView,
  DecisionView,
  IncidentView,
  Page,
  ResponseSettings,
  RotationSettings,
} from '../../../src/response/index.ts';
import type { Step } from '../../../src/runner/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { cleanUp, createDirectoryForTest, type OpenForTest } from '../../../src/store/testing.ts';
import {
  inventoryLines,
  type Leak,
  type TargetChoice,
  type World,
} from '../../../src/world/index.ts';
import { expectHonestIncident, expectLedgerVerifies, readEntries } from './book.ts';
import { createStoryClock, msOf, type Duration, type StoryClock } from './clock.ts';
import { outliveLease, startStoryNode, type Installation, type StoryNode } from './node.ts';
import { openOrganisation } from './organisation.ts';
import { personNamed, type Person } from './people.ts';
import { furnishReaders, type ReaderChoice } from './readers.ts';
import { sendReport, SOURCES, type Report } from './reports.ts';

export interface StoryChoice {
  readonly targets: readonly (string | TargetChoice)[];
  readonly charter?: CharterChoice;
  readonly settings?: Partial<ResponseSettings>;
  readonly rotationSettings?: Partial<RotationSettings>;
  /** Which consumers read from stores of the world; they are made so before the story begins. */
  readonly readers?: ReaderChoice;
  readonly log?: Log;
  /** Targets that no connector serves. */
  readonly unserved?: readonly string[];
  /** In the place of the charter that `charter` chooses. */
  readonly rules?: (nowMs: number) => string;
  readonly roster?: string;
  /** The signers of the charter adopt what changes; otherwise a story that changes its charter starts a node with the new one. */
  readonly adoptsBySignature?: boolean;
  /** People whom no channel reaches. */
  readonly unreachable?: readonly string[];
  /** Targets of their own that are not in the simulated world, by name. */
  readonly beside?: ReadonlyMap<string, Connector>;
  /** Puts something between Firebreak and a target. */
  readonly wrap?: (connector: Connector, engine: () => Engine) => Connector;
}

/** Time enough to look between two stages; whoever answers for the platform gives back first. */
const CHARTER: CharterChoice = {
  name: 'northlake',
  windows: { isolate: 10, revoke: 30 },
  contain: ['ir-lead', 'ciso'],
  restore: ['platform-lead', 'ir-lead'],
  cutsPerHour: 50,
  evidenceFuseS: 90,
};

function isContained({ status, standing }: IncidentView): boolean {
  return status === 'open' && standing.contained;
}

/** Real time that a node gets for what it has begun. */
const PATIENCE_MS = 20_000;
const HELD_UP_MS = 20;

/** One story: the organisation, the node that responds for it, the people, and the time that the test pushes. */
export class Story {
  readonly world: World;
  readonly clock: StoryClock;
  /** Everybody who was told of a decision. */
  readonly pages: Page[] = [];
  readonly #installation: Installation;
  readonly #nodes: StoryNode[] = [];
  #reports = 0;
  #idle: Promise<void> | null = null;

  constructor(world: World, installation: Installation) {
    this.world = world;
    this.clock = installation.clock;
    this.#installation = installation;
  }

  get engine(): Engine {
    return present(this.#nodes.at(-1), 'a node was started').engine;
  }

  get store(): Store {
    return this.#installation.store;
  }

  async startNode(): Promise<void> {
    this.#nodes.push(await startStoryNode(this.#installation));
    this.#idle = null;
  }

  /** The node stops where it is: nothing that it waits for reaches it any more. */
  kill(): void {
    present(this.#nodes.at(-1), 'a node was started').life.die();
  }

  /** The node dies with one of its next writes: committed, never acknowledged to it. */
  killAtWrite(count: number): void {
    present(this.#nodes.at(-1), 'a node was started').life.dieAtWrite(count);
  }

  get isAlive(): boolean {
    return present(this.#nodes.at(-1), 'a node was started').life.isAlive();
  }

  /** The files have changed; the next node reads them. */
  changeRules(rules: (before: string) => string): void {
    this.#installation.charter = rules(this.#installation.charter);
  }

  /** The newest decision of this kind, as the API shows it. */
  async decision(kind: string): Promise<DecisionView> {
    const [newest] = await this.engine.response.decisions({ kind, limit: 1 });
    return present(newest, `somebody was asked to ${kind}`);
  }

  /** What the timeline says, without its times. */
  async told(): Promise<string> {
    const { id } = await this.incident();
    const timeline = await this.engine.response.timeline(id);
    return timeline.map((entry) => entry.text).join('\n');
  }

  async restart(): Promise<void> {
    this.kill();
    await outliveLease(this.store);
    await this.startNode();
  }

  /** A credential becomes known outside; what used it was switched off long ago, unless it is still in use. */
  leak(target: string, inUse: 'forgotten' | 'in use' = 'forgotten'): Leak {
    const leak = this.world.leak(target);
    if (inUse === 'forgotten') {
      const retired = this.world.workloads().filter((one) => one.credential === leak.credential);
      this.world.stopWorkloads(retired.map((one) => one.name));
    }
    return leak;
  }

  async report(leak: Leak, report: Partial<Report> = {}): Promise<void> {
    this.#reports += 1;
    await sendReport(this.engine, this.clock.nowMs(), leak, {
      key: `report-${this.#reports}`,
      ...report,
    });
  }

  person(name: string): Person {
    return personNamed(name, () => this.engine);
  }

  /** Lets everything happen that happens within this time, one event after the other. */
  async pass(duration: Duration): Promise<void> {
    const untilMs = this.clock.nowMs() + msOf(duration);
    for (;;) {
      await this.#quiet();
      const nextMs = this.clock.nextMs();
      if (nextMs > untilMs) break;
      await this.clock.advance(Math.max(0, nextMs - this.clock.nowMs()));
    }
    await this.clock.advance(Math.max(0, untilMs - this.clock.nowMs()));
    await this.#quiet();
  }

  /** Passes time until it is so; fails with what is so instead. */
  async until(
    holds: (incident: IncidentView) => boolean,
    within: Duration = '5 min',
  ): Promise<IncidentView> {
    const untilMs = this.clock.nowMs() + msOf(within);
    for (;;) {
      const incident = await this.findIncident();
      if (incident !== null && holds(incident)) return incident;
      if (this.clock.nowMs() >= untilMs) throw new Error(await this.#whatIs(incident));
      await this.pass('250 ms');
    }
  }

  async untilContained(within?: Duration): Promise<IncidentView> {
    return await this.until(isContained, within);
  }

  /** Contained, and the leaked credential never works again. */
  async untilRevoked(within?: Duration): Promise<IncidentView> {
    const isRevoked = (cut: CutView): boolean => cut.status === 'irrevocable';
    return await this.until(
      (incident) => isContained(incident) && incident.cuts.some(isRevoked),
      within,
    );
  }

  /** Mia judges what a review lists and holds what stays: stories about that tell it themselves. */
  async untilClosed(within?: Duration): Promise<IncidentView> {
    const { id, status, waitsFor } = await this.until(
      (incident) => incident.status === 'closed' || incident.waitsFor.length > 0,
      within,
    );
    if (status !== 'closed' && waitsFor.length > 0) await this.#seeThrough(id);
    return await this.until((incident) => incident.status === 'closed', within);
  }

  async #seeThrough(incident: string): Promise<void> {
    await this.pass('1 s');
    const { response } = this.engine;
    const mia = { name: 'person:mia', person: 'mia' };
    const reason = 'I looked at it';
    for (const { digest: card } of (await response.reviews(incident)).cards)
      await response.judge({ incident, as: 'benign', reason, card }, mia);
    const until = toTimestamp(this.clock.nowMs() + msOf('24 h'));
    await response.takeOver({ incident, keys: [], reason, until }, mia);
  }

  async findIncident(): Promise<IncidentView | null> {
    const [newest] = await this.engine.response.incidents({ limit: 1 });
    return newest === undefined ? null : await this.engine.response.incident(newest.id);
  }

  async incident(): Promise<IncidentView> {
    return present(await this.findIncident(), 'an incident was opened');
  }

  async entries(): Promise<readonly IncidentEntry[]> {
    return await readEntries(this.engine.ledger, (await this.incident()).id);
  }

  /** Changes that Firebreak made on a target, as the target's own audit log has them. */
  effectsOn(target: string): readonly string[] {
    return this.world
      .target(target)
      .audit.read({ plane: 'control', actor: 'firebreak', limit: 10_000 })
      .filter((entry) => entry.effects > 0)
      .map((entry) => `${entry.verb} ${entry.credential ?? entry.identity ?? ''}`);
  }

  /** A guard in front of something else asks whether this credential may read. */
  isDeniedAtGate({ target, credential }: Leak): boolean {
    const answer = this.engine.gate.evaluate({
      subject: { type: 'credential', id: `${target}:credential:${credential}` },
      action: { name: 'read' },
      resource: { type: 'repository', id: 'shop' },
    });
    return !answer.decision;
  }

  /** A person looked at what blocks these steps, and lets them go on. */
  async release(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const released = this.engine.runner.release(step.id);
      await this.store.write(released.commands);
      released.start();
    }
  }

  /** Passes time until the node that was told to die is dead. */
  async passUntilDead(within: Duration): Promise<void> {
    const untilMs = this.clock.nowMs() + msOf(within);
    while (this.isAlive && this.clock.nowMs() < untilMs) await this.pass('100 ms');
    if (this.isAlive) throw new Error('the node wrote too little to die of it');
  }

  firstEffectAtMs(target: string): number | undefined {
    const { audit } = this.world.target(target);
    return audit
      .read({ plane: 'control', actor: 'firebreak', limit: 10_000 })
      .find((entry) => entry.effects > 0)?.atMs;
  }

  /** The promises that hold in every story; then everything is put away. */
  async end(): Promise<void> {
    if (!this.isAlive) await this.startNode();
    try {
      for (const { id } of await this.engine.response.incidents({ limit: 100 })) {
        const view = await this.engine.response.incident(id);
        expectHonestIncident(view, await readEntries(this.engine.ledger, id));
      }
      await expectLedgerVerifies(this.engine.ledger);
    } finally {
      this.world.close();
      await this.engine.stop(0);
    }
  }

  /** A call that a slow target holds up ends only when time passes; anything else is worth waiting for. */
  async #quiet(): Promise<void> {
    const { engine, life } = present(this.#nodes.at(-1), 'a node was started');
    if (!life.isAlive()) return;
    // One wait at a time: a call that is held up outlasts many looks.
    this.#idle ??= engine.runner.idle().finally(() => {
      this.#idle = null;
    });
    const idle = this.#idle;
    // Mostly nothing is going on: then this costs no timer.
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    if (this.#idle === null) return;
    const isHeldUp = this.world.faults.list().some((fault) => fault.kind === 'slow');
    const over = new AbortController();
    const patience = sleep(realClock, isHeldUp ? HELD_UP_MS : PATIENCE_MS, over.signal);
    await Promise.race([idle, life.death, patience]);
    over.abort();
  }

  async #whatIs(incident: IncidentView | null): Promise<string> {
    if (incident === null) return 'no incident was opened';
    const timeline = await this.engine.response.timeline(incident.id);
    const told = timeline.slice(-40).map((entry) => `${entry.at.slice(11, 23)} ${entry.text}`);
    const blocked = await this.engine.runner.list({ state: 'blocked' });
    return [
      `${incident.status}, ${incident.standing.sentence}`,
      ...incident.cuts.map(
        (cut) => `${cut.guarantee} ${cut.grain}: ${cut.status} ${cut.reason ?? ''}`,
      ),
      ...blocked.map((step) => `blocked ${step.kind}: ${step.reason ?? ''}`),
      ...told,
    ].join('\n');
  }
}

/** Sets the stage: an empty store, the organisation with its inventory, rehearsed mandates, one node. */
export async function tell(open: OpenForTest, choice: StoryChoice): Promise<Story> {
  const store = await open();
  await store.migrate(MIGRATIONS, { apply: true });
  const clock = createStoryClock();
  const { world, connectors } = await openOrganisation(clock, choice.targets);
  const wrap = choice.wrap ?? ((connector: Connector): Connector => connector);
  const story: Story = new Story(world, {
    store,
    clock,
    directory: createDirectoryForTest(),
    charter:
      choice.rules?.(clock.nowMs()) ??
      northlakeCharter(clock.nowMs(), { ...CHARTER, ...choice.charter }),
    roster: choice.roster ?? NORTHLAKE_ROSTER,
    adoptFiles: choice.adoptsBySignature !== true,
    notifier: {
      notify: (page) => {
        story.pages.push(page);
        const isDown = choice.unreachable?.includes(page.person) === true;
        return Promise.resolve(
          isDown ? { reached: false, why: 'switched off' } : { reached: true, channel: 'push' },
        );
      },
    },
    sources: SOURCES,
    connectors: new Map(
      [...connectors, ...(choice.beside ?? [])]
        .filter(([name]) => choice.unserved?.includes(name) !== true)
        .map(([name, connector]) => [name, wrap(connector, () => story.engine)]),
    ),
    settings: choice.settings ?? {},
    ...(choice.rotationSettings && { rotationSettings: choice.rotationSettings }),
    ...(choice.readers && { handovers: furnishReaders(world, choice.readers) }),
    ...(choice.log === undefined ? {} : { log: choice.log }),
  });
  await story.startNode();
  cleanUp(() => story.end());
  const { inventory, authority, dependencies } = story.engine;
  const lines = inventoryLines(world.organisation, { secrets: true }).split('\n').filter(Boolean);
  const report = await inventory.importRecords(lines, { source: 'world' });
  expect(report.rejectedCount).toBe(0);
  // Otherwise what is decided first rests on a map without this import.
  await dependencies.refresh();
  for (const target of [...connectors.keys(), ...(choice.beside?.keys() ?? [])]) {
    await store.write(authority.recordRehearsal({ target, atMs: clock.nowMs() }));
  }
  world.startWorkloads();
  await story.pass('11 s');
  return story;
}
