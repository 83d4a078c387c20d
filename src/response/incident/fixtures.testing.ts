import type { AuthorityResolution } from '../../authority/index.ts';
import type { Capabilities, GuaranteeCapability, Probed } from '../../connectors/contract.ts';
import { createIds, createSeededRandom, type Guarantee, type Id } from '../../kernel/index.ts';
import type { Asker } from '../decisions/hearing.ts';
import type { AnswerOutcome, Live } from '../decisions/model.ts';
import { nextDue } from '../decisions/rungs.ts';
import type { ResponseSettings } from '../settings.ts';
import type { CutEvent } from '../containment/decide.ts';
import type { CutState } from '../containment/model.ts';
import type { RestoreEvent } from '../containment/restore.ts';
import { decide, type IncidentCommand } from './decide.ts';
import type { Effect } from './effects.ts';
import type { IncidentEntry } from './entries.ts';
import type { Considered, IncidentState, RestoreCause } from './model.ts';

export const START_MS = Date.parse('2026-12-01T03:00:00Z');
export const PROPAGATION_MS = 5_000;
const NAMES = createIds(() => START_MS, createSeededRandom(1));
export const INCIDENT = NAMES.next('incident');
export const IDENTITY = NAMES.next('identity');
export const KEY = NAMES.next('credential');
export const OTHER_KEY = NAMES.next('credential');
const CUSTODY = NAMES.next('custody');

export const SETTINGS: ResponseSettings = {
  probeIntervalMs: 1_000,
  denialsWanted: 3,
  inconclusiveMs: 10_000,
  reprobeMs: 60_000,
  evidenceFuseMs: 20_000,
  watchMs: 2_000,
  watchMsMax: 60_000,
  lookBackMs: 0,
  reviewAfterMs: 60_000,
  restoreGraceMs: 30_000,
  reapplyMax: 3,
  repageMs: 900_000,
  evidenceRetentionMs: 400 * 86_400_000,
};

/** `revokeAfterMs`: the mandate goes on to G5 when W2 of that length was not contested. */
export function resolution(
  changes: Partial<AuthorityResolution> = {},
  revokeAfterMs: number | null = null,
): AuthorityResolution {
  const plain: AuthorityResolution = {
    decision: 'contain',
    charter: { id: 'northlake', revision: 3, digest: 'sha256:charter' },
    classes: ['ci'],
    profile: 'staged',
    mandate: { id: 'ci-token-leak', mode: 'act' },
    automaticUpTo: 'G4',
    shadowUpTo: null,
    windowW1Ms: 30_000,
    // oxlint-disable-next-line unicorn/no-thenable -- the charter's word; nobody awaits a resolution
    then: revokeAfterMs === null ? null : { guarantee: 'G5', windowMs: revokeAfterMs },
    right: 'contain-ci',
    holders: [{ seat: 'ir-lead', person: 'ira' }],
    decideWithinMs: 60_000,
    atDeadline: null,
    inherit: { upTo: 'G3', limit: 20 },
    determining: [],
    ceilings: [],
  };
  return { ...plain, ...changes };
}

export function liveOf(now: AuthorityResolution, suspects: readonly string[] = []): Live {
  return { resolution: now, suspects: { people: suspects, channels: [] } };
}

/** Somebody who sits on that seat now, or on none. */
export function asker(person: string, holdsRight = true, seat = 'ir-lead'): Asker {
  const holders = [{ seat, person: holdsRight ? person : 'somebody-else' }];
  return { name: `person:${person}`, person, live: liveOf(resolution({ holders })) };
}

export function offers(
  guarantees: readonly Guarantee[],
  grain: 'credential' | 'identity' = 'credential',
  changes: Partial<GuaranteeCapability> = {},
): Capabilities {
  return {
    target: 'ci',
    system: 'world',
    honoursIdempotencyKeys: true,
    callTimeoutMs: 10_000,
    concurrentCallsMax: 16,
    guarantees: guarantees.map((guarantee) => ({
      guarantee,
      grain: guarantee === 'G5' ? 'credential' : grain,
      propagationMs: PROPAGATION_MS,
      reversible: guarantee !== 'G5',
      ...changes,
    })),
    probeMethods: ['secret', 'impersonation'],
    actsAs: 'firebreak',
    leastPrivilege: [],
  };
}

export const ALL = offers(['G1', 'G2', 'G3', 'G4', 'G5']);

interface Said {
  readonly type?: Considered['signal']['type'];
  readonly source?: string;
  readonly authenticity?: Considered['signal']['authenticity'];
  readonly credential?: Id<'credential'> | null;
  readonly resolution?: AuthorityResolution;
  readonly capabilities?: Capabilities;
  readonly identityRef?: string;
  readonly id?: string;
}

let said = 0;

export function considered(changes: Said = {}): Considered {
  said += 1;
  const credential = changes.credential === undefined ? KEY : changes.credential;
  const type = changes.type ?? 'credential-exposed';
  const value = {
    signal: {
      id: changes.id ?? `sig_${said}`,
      source: changes.source ?? 'scanner',
      key: `key-${said}`,
      type,
      refs: [],
      custody: credential === KEY && type === 'credential-exposed' ? CUSTODY : null,
      fingerprint: null,
      authenticity: changes.authenticity ?? 'signed',
      confidence: 'strong',
      occurredAt: '2026-12-01T03:00:00.000Z',
      receivedAt: '2026-12-01T03:00:00.000Z',
      detail: {},
    },
    found: {
      identity: { id: IDENTITY, name: 'ci-deploy', target: 'ci' },
      credential: credential === null ? null : { id: credential },
      by: { ref: 'ci' },
    },
    identityRef: changes.identityRef ?? 'ci-deploy',
    credentialRef: credential === null ? null : `ref-${credential}`,
    resolution: changes.resolution ?? resolution(),
    capabilities: changes.capabilities ?? ALL,
    severity: 'sev1',
    knownCredentials: [`ref-${KEY}`, `ref-${OTHER_KEY}`],
  };
  // Only the members that the core reads are there.
  return value as unknown as Considered;
}

export const DENIED: Probed = {
  observed: 'denied',
  error: 'suspended',
  expected: true,
  control: 'works',
  vantage: 'outside',
  method: 'secret',
};
export const ALLOWED: Probed = { ...DENIED, observed: 'allowed', error: null, expected: false };
export const SILENT: Probed = {
  ...DENIED,
  observed: 'no-answer',
  error: null,
  expected: false,
  control: 'fails',
};
export const PREPARED: Extract<CutEvent, { readonly type: 'prepared' }> = {
  type: 'prepared',
  preImage: { enabled: true },
  inverse: { enabled: true },
  control: true,
  stillAutomatic: true,
};
export const APPLIED: CutEvent = { type: 'applied', applied: { state: 'done', raw: {} } };

/** One incident, driven command by command on a clock that the test sets. */
export class Driver {
  state: IncidentState | null = null;
  nowMs = START_MS;
  readonly settings: ResponseSettings;
  readonly entries: IncidentEntry[] = [];
  /** What is looked at beside the cuts has its own tests. */
  seesThrough = true;
  effects: readonly Effect[] = [];
  readonly #ids = createIds(() => this.nowMs, createSeededRandom(7));

  constructor(settings: ResponseSettings = SETTINGS) {
    this.settings = settings;
  }

  do(command: IncidentCommand, actor = 'test'): readonly IncidentEntry[] {
    const facts = { nowMs: this.nowMs, ids: this.#ids, settings: this.settings, actor };
    const decided = decide(INCIDENT, this.state, command, facts);
    this.state = decided.state;
    this.entries.push(...decided.entries);
    this.effects = decided.effects;
    if (this.seesThrough) this.#seeThrough(decided.effects);
    this.effects = decided.effects;
    return decided.entries;
  }

  /** Nothing trusted it, and whoever gives back takes over what stays. */
  #seeThrough(effects: readonly Effect[]): void {
    const found = { items: [], missed: [], stays: [] };
    for (const effect of effects) {
      if (effect.type === 'review' && effect.dueAtMs <= this.nowMs)
        this.do({ type: 'reviewed', identity: effect.identity, found });
    }
    if (this.state?.aftermath.longTail.some((one) => one.holder === null) !== true) return;
    const untilMs = this.nowMs + 86_400_000;
    const act = { type: 'take', keys: [], holder: 'mia', untilMs, reason: 'I see to it' } as const;
    this.do({ type: 'long-tail', act });
  }

  /** Lets time pass. */
  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  get now(): IncidentState {
    if (this.state === null) throw new Error('no incident yet');
    return this.state;
  }

  cut(index: number): CutState {
    const cut = this.now.cuts[index];
    if (cut === undefined) throw new Error(`there is no cut ${index}`);
    return cut;
  }

  /** The last cut of that guarantee. */
  cutOf(guarantee: Guarantee): CutState {
    const cut = this.now.cuts.findLast((one) => one.order.guarantee === guarantee);
    if (cut === undefined) throw new Error(`there is no ${guarantee}`);
    return cut;
  }

  say(changes: Said = {}): readonly IncidentEntry[] {
    return this.do({ type: 'consider', considered: considered(changes) });
  }

  event(cut: CutState, event: CutEvent): readonly IncidentEntry[] {
    return this.do({ type: 'cut', cut: cut.id, event });
  }

  restoring(cut: CutState, event: RestoreEvent): readonly IncidentEntry[] {
    return this.do({ type: 'restore', cut: cut.id, event });
  }

  /** Evidence, pre-image, effect. */
  apply(cut: CutState): void {
    if (cut.evidenceWanted) this.event(cut, { type: 'evidence', captured: [], missed: ['logs'] });
    this.event(cut, cut.capability.reversible ? PREPARED : { ...PREPARED, inverse: null });
    this.event(cut, APPLIED);
  }

  /** All the way to proven: three denials, the last beyond propagation. */
  prove(cut: CutState): void {
    this.apply(cut);
    for (let times = 0; times < 3; times += 1) {
      this.after(PROPAGATION_MS).event(cut, { type: 'probed', probed: DENIED });
    }
  }

  askRestore(cause: RestoreCause, person = 'mia', holdsRight = true): readonly IncidentEntry[] {
    const by = asker(person, holdsRight, 'owner');
    return this.do({
      type: 'ask-restore',
      asked: { identity: IDENTITY, cause, reason: 'over', by },
    });
  }

  /** The time of the decision has come, or more than that. */
  deadline(decision: Id<'decision'>, live: Live = liveOf(resolution())): readonly IncidentEntry[] {
    const open = this.now.decisions.find((one) => one.id === decision);
    const dueAtMs = (open === undefined ? null : nextDue(open)?.atMs) ?? this.nowMs;
    this.nowMs = Math.max(this.nowMs, dueAtMs);
    return this.do({ type: 'deadline', decision, dueAtMs, live });
  }

  answer(outcome: AnswerOutcome, person = 'ira', holdsRight = true): readonly IncidentEntry[] {
    const open = this.now.decisions.find((one) => one.state === 'open');
    if (open === undefined) throw new Error('nothing is asked');
    const { id: decision, digest } = open;
    const by = asker(person, holdsRight, open.rungs.at(-1)?.seat);
    return this.do({ type: 'answer', answer: { decision, outcome, reason: 'looked', digest, by } });
  }

  /** One step of giving back, as it goes well. */
  giveBack(cut: CutState, probed: Probed = ALLOWED): void {
    this.restoring(cut, { type: 'reverted', reverted: { state: 'done', raw: {} } });
    this.after(PROPAGATION_MS).restoring(cut, { type: 'restore-probed', probed });
  }
}

export function kindsOf(entries: readonly IncidentEntry[]): readonly string[] {
  return entries.map((entry) => entry.kind);
}
