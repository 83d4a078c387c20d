import { digestOf } from '../../src/kernel/index.ts';
import {
  foldAll,
  type CutState,
  type IncidentCommand,
  type IncidentDecided,
  type IncidentEntry,
  type IncidentState,
  mayClaim,
  outsideTable,
  saysOf,
  standingOf,
} from '../../src/response/incident/testing.ts';
import type { Signal } from '../../src/signals/index.ts';
import type { Attacker } from './attackers.ts';
import { Bounds } from './bounds.ts';
import type { Seen } from './calls.ts';
import { LEAKED } from './people.ts';
import { type Fail, GivingBack } from './giving-back.ts';
import { isExposedCut, isKnowable, MOVING, planOf, PROBED, wasHeldForEvidence } from './judging.ts';
import { CANARY } from './sabotage.ts';
import { IDENTITY_REF, type Scenario, SETTINGS } from './scenario.ts';
import type { Holder, Table } from './table.ts';
import type { Effect, Target } from './target.ts';

export interface Violation {
  /** The number of the promise, or `core` for what the pure core says of itself. */
  readonly promise: string;
  readonly what: string;
}

export interface InvariantParts {
  readonly scenario: Scenario;
  readonly table: Table;
  readonly domainNowMs: () => number;
  readonly log: (text: string) => void;
  /** Whoever it is in truth that answers under a name. */
  readonly humanBehind: (name: string) => string;
}

/** Nobody takes it for so long: nobody will. */
const LATE_MS_MAX = 60_000;

/** Looks at every write, effect and probe, and at what is left at the end. It judges by entries and by the target. */
export class Invariants {
  readonly violations: Violation[] = [];
  readonly #parts: InvariantParts;
  readonly #acknowledged = new Map<string, Signal>();
  readonly #effects = new Map<string, number>();
  readonly #seen = new Map<string, Seen[]>();
  readonly #refusedAutomation = new Set<string>();
  readonly #digests = new Map<string, string>();
  readonly givingBack: GivingBack;
  readonly bounds: Bounds;
  #isRejected = false;

  constructor(parts: InvariantParts) {
    this.#parts = parts;
    const fail: Fail = (promise, what) => {
      this.fail(promise, what);
    };
    const { humanBehind } = parts;
    this.givingBack = new GivingBack({
      fail,
      humanBehind,
      seen: (cut) => this.#seen.get(cut) ?? [],
    });
    const acknowledged = (signal: string): Signal | undefined => this.#acknowledged.get(signal);
    this.bounds = new Bounds({ scenario: parts.scenario, fail, acknowledged });
  }

  fail(promise: string, what: string): void {
    this.violations.push({ promise, what });
    this.#parts.log(`!! promise ${promise}: ${what}`);
  }

  onAcknowledged(signal: Signal): void {
    this.#acknowledged.set(signal.id, signal);
  }

  onUnheld(kind: string, holder: Holder): void {
    this.fail('1', `${holder.node} wrote the outcome of ${kind} without holding its lease`);
  }

  onSeen(seen: Seen): void {
    const list = this.#seen.get(seen.cut) ?? [];
    list.push(seen);
    this.#seen.set(seen.cut, list);
  }

  onUndone(): void {
    this.#effects.clear();
  }

  /** The target tells: something took effect. */
  onEffect(effect: Effect, state: IncidentState | null): void {
    const times = (this.#effects.get(`${effect.verb} ${effect.key}`) ?? 0) + 1;
    this.#effects.set(`${effect.verb} ${effect.key}`, times);
    if (times > 1) this.fail('4', `${effect.verb} took effect ${times} times under one key`);
    if (effect.verb === 'apply') this.#onApplied(effect);
    else {
      this.givingBack.onEffect(effect, state);
      this.#onReverted(effect, state);
    }
  }

  #onApplied(effect: Effect): void {
    const { entries } = this.#parts.table;
    const order = entries.find((one) => one.kind === 'cut.applying' && one.data.key === effect.key);
    if (order?.kind !== 'cut.applying') {
      this.fail('3', 'a cut took effect before its inverse was on record');
      return;
    }
    const { cut, inverse } = order.data;
    const plan = planOf(entries, cut);
    if (plan?.capability.reversible === true && inverse === null) {
      this.fail('3', `${effect.guarantee} took effect and no inverse is on record`);
    }
    const authority = entries.findLast(
      (one) => one.kind === 'cut.authorised' && one.data.cut === cut,
    );
    if (authority?.kind !== 'cut.authorised') this.fail('2', 'a cut without authority');
    else {
      const { by, digest } = authority.data.authority;
      if (digest !== effect.orderDigest) this.fail('2', 'what was done is not what was authorised');
      if (by === 'default' && plan?.capability.reversible !== true)
        this.fail('9', 'a default at a deadline took an irreversible step');
      if (by === 'mandate') this.#onAutomatic(cut);
    }
    if (this.#parts.scenario.ownIdentity) this.fail('5', 'the access of Firebreak itself was cut');
    if (plan?.capability.reversible === false && !wasHeldForEvidence(entries, cut))
      this.fail('7', 'an irreversible cut before its evidence or the end of the fuse');
  }

  #onAutomatic(cut: CutState['id']): void {
    const { entries } = this.#parts.table;
    const vouched = entries.some(
      (one) =>
        one.kind === 'signal.attached' &&
        one.data.signal.type !== 'all-clear' &&
        one.data.signal.authenticity !== 'unauthenticated',
    );
    if (!vouched) this.fail('6', 'an unauthenticated signal triggered a cut');
    if (this.#refusedAutomation.has(cut)) this.fail('6', 'a blown fuse did not stop automation');
  }

  #onReverted(effect: Effect, state: IncidentState | null): void {
    // What was ordered before the leak was known is in flight and is taken again at once.
    if (!effect.rearmed || state?.status !== 'restoring') return;
    const exposed = state.subjects.some((one) =>
      one.credentials.some((key) => key.exposed && key.claimed !== true),
    );
    if (!exposed) return;
    const whole = state.cuts.some(
      (cut) =>
        cut.status === 'reverting' &&
        cut.restore?.isRearm !== true &&
        (cut.order.grain === 'identity' || isExposedCut(state, cut)),
    );
    if (whole) this.fail('3', 'a leaked credential was armed again');
  }

  onCommitted(
    decided: IncidentDecided,
    entries: readonly IncidentEntry[],
    command: IncidentCommand,
  ): void {
    if (command.type === 'cut' && command.event.type === 'prepared') {
      const { cut, event } = command;
      if (!event.stillAutomatic) this.#refusedAutomation.add(cut);
    }
    this.givingBack.onCommitted(decided, entries);
    this.bounds.onCommitted(decided, entries, command);
    for (const entry of entries) this.#onEntry(entry, decided.state);
    const row = decided.state.cuts.find(
      (cut) => cut.authority !== null && cut.authority.digest !== this.#digestOf(cut),
    );
    if (row !== undefined) this.fail('2', 'the authority of a cut names another digest');
  }

  #digestOf(cut: CutState): string {
    const known = this.#digests.get(cut.id) ?? digestOf({ verb: 'cut', order: cut.order });
    this.#digests.set(cut.id, known);
    return known;
  }

  #onEntry(entry: IncidentEntry, state: IncidentState): void {
    switch (entry.kind) {
      case 'cut.authorised':
        // Asked anew; the fuse is looked at anew before it acts.
        this.#refusedAutomation.delete(entry.data.cut);
        return;
      case 'cut.proven':
        this.#onProven(entry.data.cut);
        return;
      case 'decision.decided':
        if (entry.data.outcome === 'rejected') this.#isRejected ||= entry.data.by !== 'firebreak';
        this.#onDecided(entry.data.decision, entry.data.by, state);
        return;
      case 'incident.contained':
        for (const cut of state.cuts) this.#onClaimed(cut);
        return;
      default:
        return;
    }
  }

  #onDecided(decision: string, by: string, state: IncidentState): void {
    const kind = state.decisions.find((one) => one.id === decision)?.kind;
    if (by === 'sam') this.fail('2', 'somebody without the right decided');
    const contained = this.#parts.table.entries.some(
      (one) =>
        one.kind === 'decision.decided' &&
        one.data.by === by &&
        state.decisions.find((each) => each.id === one.data.decision)?.kind === 'contain',
    );
    if (kind === 'restore' && by !== 'firebreak' && contained)
      this.fail('2', 'who contained has restored');
  }

  /** By the target's own book of tries, not by what was reported. */
  #onProven(cut: CutState['id']): void {
    const reported = this.#parts.table.entries.flatMap((one) =>
      one.kind === 'cut.probed' && one.data.cut === cut ? [one.data.triedAtMs ?? one.atMs] : [],
    );
    const seen = this.#seen.get(cut) ?? [];
    const row = reported.slice(-SETTINGS.denialsWanted).map(
      (begunAtMs) =>
        seen.findLast((one) => one.begunAtMs === begunAtMs) ??
        // The clock went back meanwhile: on record is the time of the report, which is earlier.
        seen.findLast((one) => one.begunAtMs > begunAtMs),
    );
    if (row.length < SETTINGS.denialsWanted) this.fail('13', 'proven with too few probes');
    if (row.some((one) => one === undefined)) this.fail('13', 'proven by a probe that never was');
    if (row.some((one) => one?.control === false))
      this.fail('13', 'proven while the control did not work');
    if (row.some((one) => one?.denied === false))
      this.fail('13', 'proven although a probe was let in');
  }

  #onClaimed(cut: CutState): void {
    if (cut.status !== 'proven' && cut.status !== 'irrevocable') return;
    if (mayClaim(this.#parts.table.entries, cut.id, SETTINGS.denialsWanted) !== 'proven')
      this.fail('13', `contained is said, and ${cut.order.guarantee} is not proven by the entries`);
  }

  atEnd(state: IncidentState | null, target: Target, attacker: Attacker): void {
    this.#nothingLost(state);
    if (state === null) return;
    const { table } = this.#parts;
    const { entries } = table;
    if (table.says(CANARY)) this.fail('12', 'a secret is on record');
    const refolded = foldAll(table.readBack(), state.id);
    const isSame = JSON.stringify(refolded) === JSON.stringify(state);
    if (!isSame && digestOf(refolded) !== digestOf(state))
      this.fail('core', 'the entries fold to another state');
    this.bounds.atEnd(state, entries);
    this.givingBack.atEnd(state, entries, this.#parts.domainNowMs(), (cut) =>
      [...this.#parts.table.rows.values()].some(
        ({ step }) => step.kind === 'cut.time-over' && step.payload['cut'] === cut,
      ),
    );
    this.#naiveAgreement(state);
    this.#nothingStuck(state);
    this.#truth(state, target, attacker);
    if (state.status === 'closed') this.#closed(state, target, attacker);
  }

  #nothingLost(state: IncidentState | null): void {
    const attached = new Set(state?.signals.map((one) => one.id));
    for (const signal of this.#acknowledged.values()) {
      if (!attached.has(signal.id))
        this.fail('1', `an acknowledged signal is lost: ${signal.type}`);
    }
  }

  /** What the naive definition makes of the entries is what the state says. */
  #naiveAgreement(state: IncidentState): void {
    const { entries } = this.#parts.table;
    for (const step of outsideTable(entries, state.id))
      this.fail('core', `not in the table: ${step}`);
    for (const cut of state.cuts) {
      const claim = mayClaim(entries, cut.id, SETTINGS.denialsWanted);
      const isProven = cut.status === 'proven' || cut.status === 'irrevocable';
      if (isProven !== (claim === 'proven') && PROBED.has(cut.status))
        this.fail('13', `${cut.status} although the entries say ${claim}`);
    }
  }

  #nothingStuck(state: IncidentState): void {
    const steps = [...this.#parts.table.rows.values()]
      .map((row) => row.step)
      .filter((step) => step.state === 'planned' || step.state === 'claimed');
    const late = steps.find((step) => step.dueAtMs < this.#parts.domainNowMs() - LATE_MS_MAX);
    if (late !== undefined) {
      const isByTask = this.#parts.table.entries.some((one) => one.kind === 'task.blocked');
      this.fail(isByTask ? '8' : '1', `nobody takes ${late.kind}, which is due`);
    }
    for (const manual of state.manual) {
      const isOpen = manual.status === 'assigned' && state.status === 'open';
      const isTimed = steps.some((step) => step.payload['decision'] === manual.decision);
      if (isOpen && !isTimed) this.fail('1', 'what is to be done by hand has no time');
    }
    for (const cut of state.cuts) {
      const moved = steps.some((step) => step.payload['cut'] === cut.id);
      if (MOVING.has(cut.status) && !moved) this.fail('1', `${cut.status} and nothing moves it`);
      if (cut.status === 'holding-evidence') this.fail('7', 'the fuse of evidence has not burnt');
      if (cut.status !== 'planned') continue;
      const asked = state.decisions.some(
        (one) =>
          one.state === 'open' && one.action.verb === 'cut' && one.action.cuts.includes(cut.id),
      );
      if (!asked) this.fail('1', 'a planned cut that nobody is asked about');
    }
    for (const decision of state.decisions) {
      const said = saysOf(this.#parts.table.entries, decision.id);
      if (said !== decision.state)
        this.fail('core', `decision ${decision.state}, its entries say ${said}`);
      const timed = steps.some(
        (step) => step.kind === 'decision.deadline' && step.payload['decision'] === decision.id,
      );
      if (decision.state === 'open' && !timed)
        this.fail('1', 'an open decision without a deadline');
    }
    for (const subject of state.subjects) {
      if (subject.window !== null && !steps.some((step) => step.kind === 'window.end'))
        this.fail('1', `${subject.window.name} never ends`);
    }
    const watched = steps.some((step) => step.kind === 'subject.watch');
    if (state.status !== 'closed' && !watched) this.fail('1', 'nobody watches for new credentials');
  }

  /** Long after the last trouble, what is called held is held, by the target's word. */
  #truth(state: IncidentState, target: Target, attacker: Attacker): void {
    if (state.status === 'closed') return;
    for (const cut of state.cuts) {
      if (cut.status !== 'proven' && cut.status !== 'irrevocable') continue;
      const { guarantee, subject } = cut.order;
      // A limit that is known: it is tried with the leaked credential, which has ended for good meanwhile.
      if (subject.credential === undefined && target.isEnded(LEAKED)) continue;
      const act = guarantee === 'G1' || guarantee === 'G2' ? 'mint' : 'use';
      if (target.judge(subject.credential ?? null, act).allowed)
        this.fail('13', `${guarantee} is called proven and the target lets it in`);
    }
    // Where the charter wants no more than restriction, contained means restricted.
    const isolated = this.#parts.scenario.resolution.profile !== 'restrict-only';
    const { contained, residualUntil } = standingOf(state);
    const isClaimed = state.status === 'open' && contained && residualUntil === null && isolated;
    const inside = attacker.working().filter((name) => isKnowable(state, target, name));
    // People may say no, or give back on purpose what nobody called leaked.
    const decided = state.decisions.some(
      (one) => (one.kind === 'restore' || one.kind === 'rearm') && one.state === 'approved',
    );
    if (isClaimed && !this.#isRejected && !decided && inside.length > 0)
      this.fail('13', 'contained is said, and the attacker is in');
  }

  #closed(state: IncidentState, target: Target, attacker: Attacker): void {
    const cause = state.decisions.findLast(
      (one) => one.action.verb === 'restore' && one.state === 'approved',
    )?.action;
    const isFalse = cause?.verb === 'restore' && cause.cause === 'false-alarm';
    for (const cut of state.cuts) {
      const kept = cut.status !== 'restored' && cut.status !== 'dropped';
      if (kept && cut.capability.reversible && isFalse)
        this.fail('3', `${cut.order.guarantee} was not given back after a false alarm`);
    }
    if (!isFalse && this.#parts.scenario.kind === 'leak') {
      const named = state.subjects.flatMap((one) => [
        ...one.credentials.filter((key) => key.exposed).map((key) => key.ref),
        ...one.respawns.map((respawn) => respawn.credential),
      ]);
      const rearmed = state.cuts.filter((cut) => this.givingBack.isRearmed(cut));
      const leaked = attacker
        .working()
        .filter(
          (name) =>
            named.includes(name) && !rearmed.some((cut) => cut.order.subject.credential === name),
        );
      if (leaked.length > 0 && !this.#isRejected)
        this.fail('3', `closed, and ${leaked.join(', ')} works for the attacker`);
    }
    this.#workloads(state, target);
  }

  #workloads(state: IncidentState, target: Target): void {
    if (this.#parts.scenario.kind !== 'false-alarm') return;
    for (const [workload, key] of target.workloads) {
      const verdict = target.judge(key, 'use');
      const kept = state.cuts.some(
        (cut) =>
          cut.status !== 'restored' &&
          cut.status !== 'dropped' &&
          (cut.order.subject.credential ?? key) === key,
      );
      if (!verdict.allowed && !kept && !target.retired.has(key))
        this.fail('3', `closed, and ${workload} of ${IDENTITY_REF} is broken by ${verdict.by}`);
    }
  }
}
