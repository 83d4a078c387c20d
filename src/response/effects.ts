import { CREDENTIAL_KINDS, type DiscoveredCredentialOrder, refText } from '../inventory/index.ts';
import { assertNever, type JsonObject, LIMITS } from '../kernel/index.ts';
import { PRIORITY, type Priority, type StepPlan } from '../runner/index.ts';
import type { Command } from '../store/index.ts';
import { effectKey } from './containment/decide.ts';
import { deleteEvidenceCommand } from './evidence/store.ts';
import type { CutStep, Effect } from './incident/effects.ts';
import type { IncidentDecided } from './incident/decide.ts';
import type { SubjectState } from './incident/model.ts';
import type { ResponseParts } from './parts.ts';
import { clearSuspectCommand, releaseSourcesCommand, suspectCommand } from './people-store.ts';
import { markIn, spreadStep, suspectIn } from './suspects.ts';

/** Rows that go into the commit, and what starts once it is acknowledged. */
export interface Prepared {
  readonly commands: readonly Command[];
  readonly start: () => void;
}

const CUT_PRIORITY: Readonly<Record<CutStep, Priority>> = {
  'cut.capture-evidence': PRIORITY.cut,
  'cut.prepare': PRIORITY.cut,
  'cut.apply': PRIORITY.cut,
  'cut.probe': PRIORITY.proof,
  'cut.revert': PRIORITY.restore,
  'cut.restore-probe': PRIORITY.proof,
};

export function carryOutEffects(parts: ResponseParts, decided: IncidentDecided): Prepared {
  const commands: Command[] = [];
  const starts: (() => void)[] = [];
  const steps: StepPlan[] = [];
  for (const effect of decided.effects) {
    const step = stepOf(parts, decided, effect);
    if (step === null) recordEffect(parts, decided, effect, commands, starts);
    else steps.push(step);
  }
  if (steps.length > 0) {
    const planned = parts.runner.plan(steps);
    commands.push(...planned.commands);
    starts.push(planned.start);
  }
  return {
    commands,
    start: () => {
      for (const start of starts) start();
    },
  };
}

/** The effects that are rows of the runner; null for those that are rows of another word. */
function stepOf(parts: ResponseParts, decided: IncidentDecided, effect: Effect): StepPlan | null {
  const { state } = decided;
  const base = (
    kind: string,
    dueAtMs: number,
    priority: Priority,
  ): Omit<StepPlan, 'key' | 'payload' | 'target'> => ({
    id: parts.ids.next('step'),
    kind,
    subject: state.id,
    lane: null,
    priority,
    dueAtMs,
  });
  const timer = (step: ReturnType<typeof base>, payload: JsonObject): StepPlan => ({
    ...step,
    key: step.id,
    target: null,
    payload: { incident: state.id, ...payload },
  });
  switch (effect.type) {
    case 'cut-step':
      return cutStep(decided, effect, base(effect.step, effect.dueAtMs, CUT_PRIORITY[effect.step]));
    case 'watch': {
      const { identity, everyMs } = effect;
      const target =
        state.subjects.find((subject) => subject.identity === identity)?.target ?? null;
      const step = base('subject.watch', effect.dueAtMs, PRIORITY.watch);
      return { ...step, key: step.id, target, payload: { incident: state.id, identity, everyMs } };
    }
    case 'evidence-fuse':
      return timer(base('cut.evidence-fuse', effect.dueAtMs, PRIORITY.cut), { cut: effect.cut });
    case 'window-end': {
      const { identity, window } = effect;
      return timer(base('window.end', effect.dueAtMs, PRIORITY.cut), { identity, window });
    }
    case 'decision-deadline': {
      const { decision, dueAtMs } = effect;
      return timer(base('decision.deadline', dueAtMs, PRIORITY.cut), { decision, dueAtMs });
    }
    case 'glass-due': {
      const { decision, what, dueAtMs } = effect;
      return timer(base('glass.due', dueAtMs, PRIORITY.restore), { decision, what });
    }
    case 'take-up':
      return timer(base('batch.take-up', parts.clock.nowMs(), PRIORITY.proof), {
        batch: effect.batch,
      });
    case 'carry-on': {
      const { type: _, ...list } = effect;
      return timer(base('decision.carry-on', parts.clock.nowMs(), PRIORITY.cut), list);
    }
    case 'page': {
      const { decision, about, seat, people, channels } = effect;
      const payload = { decision, about, seat, people, channels };
      return timer(base('decision.page', parts.clock.nowMs(), PRIORITY.notification), payload);
    }
    case 'cut-time':
    case 'manual-due':
    case 'evidence-age':
    case 'review':
    case 'long-tail-ask':
    case 'long-tail-due': {
      const timed = timedStep(effect, parts.clock.nowMs());
      return timer(base(...timed.step), timed.payload);
    }
    default:
      return null;
  }
}

type TimedEffect = Extract<
  Effect,
  {
    readonly type:
      | 'cut-time'
      | 'manual-due'
      | 'evidence-age'
      | 'review'
      | 'long-tail-ask'
      | 'long-tail-due';
  }
>;

interface TimedStep {
  readonly step: readonly [kind: string, dueAtMs: number, priority: Priority];
  readonly payload: JsonObject;
}

/** Steps that a time alone begins. What is looked at beside the cuts comes after everything that holds or proves. */
function timedStep(effect: TimedEffect, nowMs: number): TimedStep {
  switch (effect.type) {
    case 'cut-time': {
      const { cut, dueAtMs } = effect;
      return { step: ['cut.time-over', dueAtMs, PRIORITY.restore], payload: { cut } };
    }
    case 'manual-due': {
      const { decision, dueAtMs } = effect;
      return { step: ['manual.due', dueAtMs, PRIORITY.cut], payload: { decision } };
    }
    case 'evidence-age':
      return { step: ['evidence.age', effect.dueAtMs, PRIORITY.watch], payload: {} };
    case 'review': {
      const { identity, dueAtMs } = effect;
      return { step: ['review.look', dueAtMs, PRIORITY.watch], payload: { identity } };
    }
    case 'long-tail-ask':
      return { step: ['long-tail.ask', nowMs, PRIORITY.notification], payload: {} };
    case 'long-tail-due':
      return { step: ['long-tail.due', effect.dueAtMs, PRIORITY.notification], payload: {} };
    default:
      return assertNever(effect);
  }
}

function cutStep(
  decided: IncidentDecided,
  effect: Extract<Effect, { readonly type: 'cut-step' }>,
  base: Omit<StepPlan, 'key' | 'payload' | 'target'>,
): StepPlan {
  const cut = decided.state.cuts.find((one) => one.id === effect.cut);
  const isApply = effect.step === 'cut.apply';
  return {
    ...base,
    key: isApply ? effectKey(effect.cut, effect.cycle) : base.id,
    target: cut?.order.target ?? null,
    payload: { incident: decided.state.id, cut: effect.cut, cycle: effect.cycle },
  };
}

/** Effects on our own tables: in the same commit as the entries that decide them. */
function recordEffect(
  parts: ResponseParts,
  decided: IncidentDecided,
  effect: Effect,
  commands: Command[],
  starts: (() => void)[],
): void {
  switch (effect.type) {
    case 'restrict':
    case 'lift':
      changeGate(parts, decided, effect, commands, starts);
      return;
    case 'restore-measured': {
      const { target, guarantee, tookMs } = effect;
      const atMs = parts.clock.nowMs();
      commands.push(...parts.authority.recordRestore({ target, guarantee, tookMs, atMs }));
      return;
    }
    case 'automatic-cut':
      commands.push(
        ...parts.authority.recordAutomaticCut({
          cut: effect.cut,
          incident: decided.state.id,
          source: effect.source,
          atMs: parts.clock.nowMs(),
        }),
      );
      return;
    case 'known-credential': {
      const target =
        decided.state.subjects.find((one) => one.identity === effect.identity)?.target ?? '';
      commands.push(...parts.inventory.recordCredential(discoveredOrder(effect, target)).commands);
      starts.push(parts.inventory.recorded);
      return;
    }
    case 'act':
      actOn(parts, effect, commands, starts);
      return;
    case 'quarantine': {
      const { source: name, by } = effect;
      commands.push(suspectCommand({ kind: 'source', name, by, atMs: parts.clock.nowMs() }));
      return;
    }
    case 'delete-evidence': {
      const atMs = parts.clock.nowMs();
      commands.push(...effect.items.map((id) => deleteEvidenceCommand(id, atMs)));
      return;
    }
    case 'cut-step':
    case 'watch':
    case 'evidence-fuse':
    case 'cut-time':
    case 'manual-due':
    case 'evidence-age':
    case 'review':
    case 'long-tail-ask':
    case 'long-tail-due':
    case 'window-end':
    case 'decision-deadline':
    case 'glass-due':
    case 'take-up':
    case 'carry-on':
    case 'page':
      return;
    default:
      assertNever(effect);
  }
}

/** Acts of the machine that are rows of ours. */
function actOn(
  parts: ResponseParts,
  { decision, act, parameters }: Extract<Effect, { readonly type: 'act' }>,
  commands: Command[],
  starts: (() => void)[],
): void {
  const atMs = parts.clock.nowMs();
  if (act === 'reset-fuse') {
    const { source } = parameters;
    const named = typeof source === 'string' ? source : null;
    commands.push(...parts.authority.resetFuses(atMs, named), releaseSourcesCommand(named));
  }
  if (act !== 'mark-suspect') return;
  const suspect = suspectIn(parameters);
  if (suspect === null) return;
  if (markIn(parameters) === 'taken-back') {
    commands.push(clearSuspectCommand(suspect));
    return;
  }
  const spread = parts.runner.plan([spreadStep(parts, suspect, decision)]);
  commands.push(suspectCommand({ ...suspect, by: decision, atMs }), ...spread.commands);
  starts.push(spread.start);
}

function discoveredOrder(
  effect: Extract<Effect, { readonly type: 'known-credential' }>,
  target: string,
): DiscoveredCredentialOrder {
  const { found } = effect;
  return {
    id: effect.credential,
    identity: effect.identity,
    kind: CREDENTIAL_KINDS.find((kind) => kind === found.kind) ?? 'api-key',
    refs: [{ system: target, type: 'credential', value: found.credential }],
    issuedAt: found.issuedAt,
    expiresAt: found.expiresAt,
    scopes: found.scopes,
    source: `watch:${target}`,
  };
}

function changeGate(
  parts: ResponseParts,
  decided: IncidentDecided,
  effect: Extract<Effect, { readonly type: 'restrict' | 'lift' }>,
  commands: Command[],
  starts: (() => void)[],
): void {
  const { gate } = parts;
  if (effect.type === 'lift') {
    const kept = new Set<string>(effect.keepCredentials);
    for (const one of gate.restrictionsOf(effect.identity)) {
      if (one.credential !== null && kept.has(one.credential)) continue;
      if (effect.only !== undefined && one.credential !== effect.only) continue;
      const change = gate.liftCommands({ id: one.id });
      commands.push(...change.commands);
      starts.push(() => {
        gate.applied(change);
      });
    }
    return;
  }
  const subject = decided.state.subjects.find((one) => one.identity === effect.identity);
  const change = gate.restrictCommands({
    identity: effect.identity,
    credential: effect.credential,
    aliases: subject === undefined ? [] : aliasesOf(subject, effect),
    effect: effect.effect,
    incident: decided.state.id,
    reason: effect.why,
  });
  commands.push(...change.commands);
  starts.push(() => {
    gate.applied(change);
  });
}

/** The names that requests may use. A whole identity is also met under the names of its credentials. */
function aliasesOf(
  subject: SubjectState,
  { credential, ref }: Extract<Effect, { readonly type: 'restrict' }>,
): readonly string[] {
  const { target } = subject;
  const named = subject.credentials.find((one) => one.id === credential)?.ref ?? ref;
  const refs = credential === null ? subject.knownCredentials : named === undefined ? [] : [named];
  const names = refs.flatMap((one) => [
    one,
    refText({ system: target, type: 'credential', value: one }),
  ]);
  if (credential !== null) return names;
  const own = refText({ system: target, type: 'identity', value: subject.identityRef });
  return [own, ...names].slice(0, LIMITS.restrictionAliasesMax - 1);
}
