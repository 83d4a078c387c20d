import {
  ConnectorFailure,
  type Connector,
  type CutSubject,
  type ObservedUse,
} from '../../connectors/contract.ts';
import { toTimestamp } from '../../kernel/index.ts';
import { connectorOf } from '../facts.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import { findOpenIncident } from '../store.ts';
import { holdOf } from './hold.ts';
import type { Hold, RotationState, RotationStepState } from './model.ts';
import type { Observation, SeenUse } from './observe.ts';

export async function readHold(
  parts: ResponseParts,
  incidents: Incidents,
  { identity, subject }: Pick<RotationStepState, 'identity' | 'subject'>,
): Promise<Hold> {
  const open = await findOpenIncident(parts.store, identity);
  const state = open === null ? null : await incidents.state(open);
  return holdOf(state, identity, subject.credential);
}

/** Who uses what, and how the old ones are held, at this moment. */
export async function lookAtUses(
  parts: ResponseParts,
  incidents: Incidents,
  state: RotationState,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): Promise<Observation> {
  const concerned = state.steps.filter(({ status }) => ['minted', 'held-up'].includes(status));
  const holds: { readonly step: string; readonly hold: Hold }[] = [];
  for (const step of concerned) {
    holds.push({ step: step.id, hold: await readHold(parts, incidents, step) });
  }
  const seen: {
    readonly steps: readonly RotationStepState[];
    readonly uses: readonly SeenUse[];
  }[] = [];
  const minted = concerned.filter((step) => step.status === 'minted');
  for (const [target, steps] of Map.groupBy(minted, (step) => step.target)) {
    const uses = await usesOf(parts, target, steps, key, signal);
    if (uses !== null) seen.push({ steps, uses });
  }
  return {
    looked: seen.flatMap(({ steps }) => steps.map((step) => step.id)),
    uses: seen.flatMap(({ uses }) => uses),
    holds,
  };
}

/** Null when the target did not answer. */
async function usesOf(
  parts: ResponseParts,
  target: string,
  steps: readonly RotationStepState[],
  key: string,
  signal: AbortSignal,
): Promise<readonly SeenUse[] | null> {
  const connector = connectorOf(parts, target);
  const call = { idempotencyKey: key, timeoutMs: connector.describe().callTimeoutMs, signal };
  const sinceMs = Math.min(...steps.map((step) => step.mintedAtMs ?? Infinity));
  const subjects = steps.flatMap((step) => [step.subject, step.replacement ?? step.subject]);
  try {
    const query = { target, subjects, since: toTimestamp(sinceMs) };
    const { rotation } = connector;
    const uses =
      rotation?.uses === undefined
        ? await discovered(parts, connector, subjects, call)
        : await rotation.uses(query, call);
    return steps.flatMap((step) => seenOf(step, uses));
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    return null;
  }
}

export function seenOf(step: RotationStepState, uses: readonly ObservedUse[]): readonly SeenUse[] {
  return uses.flatMap(({ subject, consumer, lastAt }) => {
    const which = whichOf(step, subject);
    const lastAtMs = Date.parse(lastAt);
    return which === null ? [] : [{ step: step.id, which, consumer, lastAtMs }];
  });
}

function whichOf(step: RotationStepState, used: CutSubject): SeenUse['which'] | null {
  const isNew = isSame(used, step.replacement);
  const isOld = isSame(used, step.subject);
  // The target cannot tell: it may have been the old one, unless that ended when the new one came.
  if (isNew && isOld) return step.overlap === 'none' ? 'new' : 'old';
  if (isNew) return 'new';
  return isOld ? 'old' : null;
}

/** A target that knows identities alone names no credential, or always the one that an identity has. */
function isSame(one: CutSubject, other: CutSubject | null): boolean {
  if (one.identity !== other?.identity) return false;
  if (one.credential === undefined || other.credential === undefined) return true;
  return one.credential === other.credential;
}

/** A target without a record of uses: its last use names nobody, an open session may name who has it. */
async function discovered(
  parts: ResponseParts,
  connector: Connector,
  subjects: readonly CutSubject[],
  call: Parameters<Connector['discover']>[1],
): Promise<readonly ObservedUse[]> {
  const now = toTimestamp(parts.clock.nowMs());
  const uses: ObservedUse[] = [];
  const identities = new Set(subjects.map((subject) => subject.identity));
  for (const identity of identities) {
    const { credentials, sessions } = await connector.discover({ identity }, call);
    for (const subject of subjects.filter((one) => one.identity === identity)) {
      const isOwn = (one: { readonly identity: string; readonly credential: string | null }) =>
        one.identity === identity &&
        (subject.credential === undefined || one.credential === subject.credential);
      for (const one of credentials.filter(isOwn)) {
        if (one.lastUsedAt !== null) uses.push({ subject, consumer: null, lastAt: one.lastUsedAt });
      }
      for (const { facts } of sessions.filter(isOwn)) {
        const consumer = facts?.['applicationName'] ?? facts?.['name'] ?? null;
        uses.push({ subject, consumer, lastAt: now });
      }
    }
  }
  return uses;
}
