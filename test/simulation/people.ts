import type { AuthorityResolution, DecisionKind } from '../../src/authority/index.ts';
import type { IdentityRecord } from '../../src/inventory/index.ts';
import {
  type Authenticity,
  AUTHENTICITIES,
  type Id,
  isAtLeast,
  isFirebreakError,
  type SignalType,
  toTimestamp,
} from '../../src/kernel/index.ts';
import { PRIORITY, type Step } from '../../src/runner/index.ts';
import type { Signal } from '../../src/signals/index.ts';
import type {
  Asker,
  Considered,
  IncidentCommand,
  IncidentDecision,
  IncidentEntry,
  IncidentState,
  Live,
  RestoreCause,
} from '../../src/response/incident/testing.ts';
import type { Chance } from './chance.ts';
import type { EventQueue } from './queue.ts';
import type { Sabotage } from './sabotage.ts';
import {
  ANSWERING,
  AUTHENTICITIES_DRAWN,
  credentialRecord,
  identityRecord,
  type Named,
  NOBODY,
  SEATED,
} from './records.ts';
import { IDENTITY_REF, type Scenario, TROUBLE_MS } from './scenario.ts';
import type { Shell } from './shell.ts';
import type { Table } from './table.ts';

export const LEAKED = 'key-leaked';
export const OTHER = 'key-other';

export interface PeopleParts {
  readonly scenario: Scenario;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly shell: Shell;
  readonly table: Table;
  readonly sabotage: Sabotage | null;
  readonly onAcknowledged: (signal: Signal) => void;
  readonly onMistake: (error: unknown, command: IncidentCommand) => void;
  readonly log: (text: string) => void;
}

/** Whoever talks to Firebreak: sources of signals, deciders, people who want something given back. */
export class People {
  readonly identity: IdentityRecord;
  readonly custody = new Map<string, string>();
  readonly #parts: PeopleParts;
  readonly #named: ReadonlyMap<string, Named>;
  readonly #stored = new Map<string, { readonly signal: Signal; readonly named: Named }>();
  readonly #byKey = new Map<string, string>();
  readonly #suspects = new Set<string>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
    const { ids } = parts.shell;
    this.identity = identityRecord(ids.next('identity'));
    this.custody.set('cst_leaked', LEAKED);
    this.#named = new Map(
      [LEAKED, OTHER].map((ref) => {
        const credential = credentialRecord(ids.next('credential'), this.identity.id);
        return [ref, { credential, ref }];
      }),
    );
  }

  credentialOf(ref: string): string {
    return this.#named.get(ref)?.credential?.id ?? '';
  }

  suspect(person: string): void {
    this.#suspects.add(person);
  }

  /** The senders' half: a statement is sent until it is acknowledged, sometimes once more. */
  send(type: SignalType, source: string, authenticity: Authenticity, about: string | null): void {
    const { queue, chance, shell } = this.#parts;
    const named = (about === null ? undefined : this.#named.get(about)) ?? NOBODY;
    const hasSecret = about === LEAKED && type === 'credential-exposed' && chance.is(0.7);
    const signal: Signal = {
      id: shell.ids.next('signal'),
      source,
      key: `${source}-${type}-${queue.nowMs}`,
      type,
      refs: [],
      custody: hasSecret ? this.#custodyId() : null,
      fingerprint: null,
      authenticity,
      confidence: 'strong',
      occurredAt: toTimestamp(queue.nowMs),
      receivedAt: toTimestamp(queue.nowMs),
      detail: {},
    };
    const delayMs = chance.is(0.1) ? chance.between(1_000, 60_000) : chance.between(0, 300);
    queue.after(delayMs, () => {
      this.#deliver(signal, named);
    });
    if (chance.is(0.2)) {
      queue.after(delayMs + chance.between(0, 30_000), () => {
        this.#deliver({ ...signal, id: shell.ids.next('signal') }, named);
      });
    }
  }

  #custodyId(): Id<'custody'> {
    // A fixed name for the one secret of this little world.
    return [...this.custody.keys()][0] as Id<'custody'>;
  }

  #deliver(signal: Signal, named: Named): void {
    const { queue, chance, shell, table, sabotage, log } = this.#parts;
    const node = shell.nodes.pick();
    if (node === null) {
      queue.after(1_000, () => {
        this.#deliver(signal, named);
      });
      return;
    }
    const isLostOnTheWay = chance.is(0.05);
    if (sabotage === 'acknowledged-before-commit' && isLostOnTheWay) {
      this.#parts.onAcknowledged(signal);
      return;
    }
    if (!this.#byKey.has(signal.key)) {
      const dueAtMs = shell.domainNowMs();
      const payload = { signal: signal.id };
      const row = shell.newRow(node, {
        kind: 'signal.consider',
        priority: PRIORITY.cut,
        dueAtMs,
        payload,
      });
      this.#byKey.set(signal.key, signal.id);
      this.#stored.set(signal.id, { signal, named });
      table.rows.set(row.step.id, row);
      log(
        `${signal.source} states ${signal.type} of ${named.ref ?? IDENTITY_REF} (${signal.authenticity})`,
      );
      shell.start(node, row);
    }
    // The reply may be lost; then the sender says it again.
    if (isLostOnTheWay) {
      queue.after(2_000, () => {
        this.#deliver(signal, named);
      });
      return;
    }
    const stored = this.#stored.get(this.#byKey.get(signal.key) ?? '');
    if (stored !== undefined) this.#parts.onAcknowledged(stored.signal);
  }

  /** The server's half of it: a stored signal with everything that is known of its subject. */
  consider(step: Step): IncidentCommand | null {
    const id = step.payload['signal'];
    const stored = typeof id === 'string' ? this.#stored.get(id) : undefined;
    if (stored === undefined) return null;
    const { signal: said, named } = stored;
    const isWeakened = this.#parts.sabotage === 'statement-weakened' && this.#parts.chance.is(0.2);
    const signal: Signal = isWeakened ? { ...said, authenticity: 'unauthenticated' } : said;
    const found = { identity: this.identity, credential: named.credential, by: { ref: 'ci' } };
    const considered: Considered = {
      signal,
      // `by` only goes on record as text.
      found: found as unknown as Considered['found'],
      identityRef: IDENTITY_REF,
      credentialRef: named.ref,
      resolution: this.resolve(signal),
      capabilities: this.#parts.scenario.capabilities,
      severity: 'sev1',
      knownCredentials: [LEAKED, OTHER],
    };
    return { type: 'consider', considered };
  }

  /** The mandate reaches as far as the best authenticated statement does. */
  resolve(more: Signal | null): AuthorityResolution {
    const { scenario, table } = this.#parts;
    const said = table.entries.flatMap((entry) =>
      entry.kind === 'signal.attached' && entry.data.signal.type !== 'all-clear'
        ? [entry.data.signal.authenticity]
        : [],
    );
    if (more !== null && more.type !== 'all-clear') said.push(more.authenticity);
    const vouched = said.some((one) => isAtLeast(AUTHENTICITIES, one, 'bearer'));
    const { shadow, mandateUpTo } = scenario;
    const acts = vouched && (!shadow || this.#parts.sabotage === 'shadow-acts');
    return {
      ...scenario.resolution,
      decision: 'contain',
      mandate: { id: 'ci-token-leak', mode: shadow ? 'shadow' : 'act' },
      automaticUpTo: acts ? mandateUpTo : null,
      shadowUpTo: shadow ? mandateUpTo : null,
      // oxlint-disable-next-line unicorn/no-thenable -- the charter's word; nobody awaits a resolution
      then: shadow ? null : scenario.resolution.then,
    };
  }

  onCommitted(entries: readonly IncidentEntry[], state: IncidentState): void {
    for (const entry of entries) {
      if (entry.kind !== 'decision.opened') continue;
      const decision = state.decisions.find((one) => one.id === entry.data.decision.id);
      if (decision?.state === 'open') this.#consult(decision);
    }
  }

  #consult(decision: IncidentDecision): void {
    const { scenario, chance, queue } = this.#parts;
    if (scenario.deadDeciders && chance.is(0.8)) return;
    const most = decision.kind === 'rearm' ? 5 : 2;
    for (let answers = chance.between(1, most); answers > 0; answers -= 1) {
      queue.after(chance.between(1_000, 150_000), () => {
        this.#answer(decision);
      });
    }
  }

  #answer({ id, kind, digest: shown }: IncidentDecision): void {
    const { chance } = this.#parts;
    const isRestore = kind === 'restore';
    const person = chance.pick(ANSWERING[kind] ?? ['ira', 'ben', 'sam']);
    const digest = chance.is(0.05) ? 'sha256:another' : shown;
    const outcome = chance.is(0.25)
      ? chance.pick(['acknowledge', 'hand-over', 'advise'] as const)
      : chance.is(isRestore ? 0.9 : 0.85)
        ? 'approve'
        : 'reject';
    const reason = 'looked at it';
    this.say(() => ({
      type: 'answer',
      answer: { decision: id, outcome, reason, digest, by: this.asker(person, kind) },
    }));
  }

  asker(person: string, kind: DecisionKind): Asker {
    return { name: `person:${person}`, person, live: this.live(kind) };
  }

  /** Who may answer now: some of them are away for a while. */
  live(kind: DecisionKind): Live {
    const { chance } = this.#parts;
    const resolution = { ...this.resolve(null), decision: kind };
    const suspects = this.#parts.sabotage === 'suspect-heard' ? [] : [...this.#suspects];
    const ladder = (resolution.ladder ?? []).map((rung, index) => {
      const people = SEATED[kind]?.[index] ?? rung.people;
      return { ...rung, people: people.filter((one) => !suspects.includes(one)) };
    });
    const awake = ladder.map((rung) => (chance.is(0.1) ? { ...rung, people: [] } : rung));
    return {
      resolution: { ...resolution, ladder: awake },
      suspects: { people: suspects, channels: [] },
    };
  }

  askRestore(cause: RestoreCause): void {
    const { chance } = this.#parts;
    const person = chance.pick(['mia', 'mia', 'ira', 'sam']);
    const { id: identity } = this.identity;
    this.say(() => ({
      type: 'ask-restore',
      asked: { identity, cause, reason: 'over', by: this.asker(person, 'restore') },
    }));
  }

  askContainment(): void {
    const { chance, scenario } = this.#parts;
    const [first, ...rest] = scenario.capabilities.guarantees.map((one) => one.guarantee);
    if (first === undefined) return;
    const person = chance.is(0.6) ? 'ira' : 'sam';
    const resolution = { ...this.resolve(null), automaticUpTo: null };
    const named = chance.is(0.5) ? this.#named.get(LEAKED) : undefined;
    const credentials =
      named?.credential == null
        ? []
        : [{ id: named.credential.id, ref: LEAKED, exposed: false, custody: null }];
    const guarantee = chance.pick([first, ...rest]);
    const forMs = chance.is(0.4) ? chance.between(10_000, 200_000) : null;
    this.say(() => ({
      type: 'ask-containment',
      asked: {
        identity: this.identity.id,
        subject: {
          identity: this.identity.id,
          name: IDENTITY_REF,
          target: 'ci',
          identityRef: IDENTITY_REF,
          credentials,
          capabilities: scenario.capabilities,
          resolution,
          knownCredentials: [LEAKED, OTHER],
        },
        severity: 'sev2',
        guarantee,
        forMs,
        reason: 'it looks wrong',
        by: this.asker(person, 'contain'),
      },
    }));
  }

  /** What a person gets wrong is refused with a code; our own mistakes are not. */
  say(make: () => IncidentCommand | null, after: () => void = () => undefined): void {
    const { shell, queue, log } = this.#parts;
    const node = shell.nodes.pick();
    if (node === null) {
      queue.after(2_000, () => {
        this.say(make, after);
      });
      return;
    }
    const isThere = shell.freshStateOn(node) !== null;
    const command = make();
    if (command === null || (!isThere && command.type !== 'ask-containment')) return;
    try {
      shell.apply(node, command, 'person');
      after();
    } catch (error) {
      if (!isFirebreakError(error) || error.code === 'internal-invariant') {
        this.#parts.onMistake(error, command);
      } else log(`refused: ${error.code}`);
    }
  }

  /** All that is going to be said in this incident. */
  schedule(): void {
    const { scenario, chance, queue } = this.#parts;
    const { kind, authenticity } = scenario;
    const type = kind === 'anomaly' ? 'anomalous-behaviour' : 'credential-exposed';
    const isByPerson = chance.is(0.08);
    queue.after(1_000, () => {
      if (isByPerson) this.askContainment();
      else this.send(type, 'scanner', authenticity, kind === 'anomaly' ? null : LEAKED);
    });
    for (let more = chance.between(0, 2); more > 0; more -= 1) {
      queue.after(chance.between(1_000, TROUBLE_MS), () => {
        this.send(
          chance.pick(['credential-misuse', 'anomalous-behaviour', 'credential-exposed']),
          chance.pick(['scanner', 'siem', 'form']),
          chance.pick(AUTHENTICITIES_DRAWN),
          chance.pick([null, LEAKED, OTHER]),
        );
      });
    }
    if (kind === 'false-alarm') this.#scheduleAllClear();
    else if (chance.is(0.15)) {
      // The attacker says that all is well.
      queue.after(chance.between(2_000, 120_000), () => {
        const [source, how] = chance.pick<readonly [string, Authenticity]>([
          ['scanner', 'signed'],
          ['form', 'unauthenticated'],
        ]);
        this.send('all-clear', source, how, null);
      });
    }
    this.#scheduleRestores();
  }

  #scheduleAllClear(): void {
    const { chance, queue } = this.#parts;
    queue.after(chance.between(5_000, 200_000), () => {
      this.send('all-clear', 'owner-desk', 'signed', null);
    });
  }

  #scheduleRestores(): void {
    const { scenario, chance, queue } = this.#parts;
    const isFalse = scenario.kind === 'false-alarm';
    if (!isFalse && chance.is(0.5)) return;
    for (let times = chance.between(1, 4); times > 0; times -= 1) {
      const cause: RestoreCause = isFalse && chance.is(0.8) ? 'false-alarm' : 'resolved';
      queue.after(chance.between(20_000, 600_000), () => {
        this.askRestore(cause);
      });
    }
  }
}
