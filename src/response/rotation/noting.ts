import { type CredentialRecord, type IdentityRecord, refText } from '../../inventory/index.ts';
import { isFirebreakError, type JsonObject, LIMITS, toTimestamp } from '../../kernel/index.ts';
import type { Performed, StepHandler } from '../../runner/index.ts';
import type { ResponseParts } from '../parts.ts';
import type { HandOver, RotationState, RotationStepState } from './model.ts';
import type { Rotations } from './rotations.ts';

/** What rotations know of a target, beside what the target itself says at the next sync. */
export function rotationSource(target: string): string {
  return `${target}/rotation`;
}

/**
 * The inventory learns of a new credential as soon as there is one: an alert may speak of it a second later. The same
 * step again says the same again, under the references that a sync will use.
 */
export function notingHandler(parts: ResponseParts, rotations: Rotations): StepHandler {
  return {
    kind: 'rotation.note',
    attemptsMax: LIMITS.rotationAttemptsMax,
    perform: async (step) => {
      // Written by rotations.ts.
      const { rotation, step: id } = step.payload as { rotation: string; step: string };
      const state = await rotations.state(rotation);
      const found = state?.steps.find((one) => one.id === id);
      if (state === null || found === undefined) return { type: 'done', result: {} };
      const identity = await parts.inventory.identity(found.identity);
      if (identity === null) return { type: 'done', result: {} };
      const credentials = await parts.inventory.credentials(identity.id);
      const lines = linesOf(state, found, { identity, credentials });
      return await tell(parts, rotationSource(found.target), lines);
    },
    // Whatever became of it, the next sync says the same: nothing waits for this.
    record: async (_step, _outcome, settle) => {
      await parts.store.write(settle);
    },
  };
}

async function tell(
  parts: ResponseParts,
  source: string,
  lines: readonly JsonObject[],
): Promise<Performed> {
  try {
    const report = await parts.inventory.importRecords(lines, { source });
    return { type: 'done', result: { rejected: report.rejectedCount } };
  } catch (error) {
    // Another node tells of this target at the same time.
    if (!isFirebreakError(error, 'import-running')) throw error;
    return { type: 'failed', reason: error.message, unknown: false };
  }
}

interface Before {
  readonly identity: IdentityRecord;
  readonly credentials: readonly CredentialRecord[];
}

export function linesOf(
  state: RotationState,
  step: RotationStepState,
  before: Before,
): readonly JsonObject[] {
  const { replacement, mintedAtMs } = step;
  if (replacement === null || mintedAtMs === null) return [];
  const replaced = before.credentials.filter((one) => isReplaced(step, one));
  const there = replaced.filter(({ gone }) => (gone ?? null) === null);
  const handOvers = state.handOvers.filter((one) => one.step === step.id);
  return [
    ...twinLines(step, before.identity),
    ...newLines(step, replaced[0] ?? before.credentials[0]),
    ...handOvers.flatMap((one) => consumerLines(step, one)),
    ...(step.status === 'retired' ? there.flatMap((one) => endedLine(step, one)) : []),
  ];
}

/** A twin takes the place of all credentials of its identity. */
function isReplaced({ overlap, credential }: RotationStepState, one: CredentialRecord): boolean {
  return overlap === 'twin' || one.id === credential;
}

function nameOf(target: string, type: string, value: string): string {
  return refText({ system: target, type, value });
}

/** Another account with the rights of the first: who answers for it, and where it stands, is the same. */
function twinLines(step: RotationStepState, identity: IdentityRecord): readonly JsonObject[] {
  const { target, subject, replacement } = step;
  if (replacement === null || replacement.identity === subject.identity) return [];
  const { kind, environment, jurisdiction, purpose, operator, tenant, exposure } = identity;
  const known = { environment, jurisdiction, purpose, operator, tenant, exposure };
  const facts = Object.entries(known).filter(([, value]) => (value ?? null) !== null);
  const own = nameOf(target, 'identity', replacement.identity);
  const owners = identity.owners.map(({ role, party, basis, confidence, assertedAt }) => {
    return { role, party, basis, confidence, assertedAt };
  });
  return [
    {
      type: 'identity',
      kind,
      name: replacement.identity,
      target,
      refs: [own],
      ...Object.fromEntries(facts),
      ...(owners.length === 0 ? {} : { owners }),
    },
    {
      type: 'edge',
      from: own,
      relation: 'assumes',
      to: identity.id,
      basis: 'inferred',
    },
  ];
}

/** Where the target gave it no name, the next sync has to bring it. */
function newLines(
  { target, replacement, mintedAtMs, expiresAtMs }: RotationStepState,
  like: CredentialRecord | undefined,
): readonly JsonObject[] {
  if (replacement?.credential === undefined) return [];
  return [
    {
      type: 'credential',
      kind: like?.kind ?? 'password',
      identity: nameOf(target, 'identity', replacement.identity),
      refs: [nameOf(target, 'credential', replacement.credential)],
      issuedAt: toTimestamp(mintedAtMs ?? 0),
      ...(expiresAtMs === null ? {} : { expiresAt: toTimestamp(expiresAtMs) }),
      ...(like === undefined || like.scopes.length === 0 ? {} : { scopes: [...like.scopes] }),
    },
  ];
}

/** What was written is held by its store; who was seen with it uses it. */
function consumerLines(
  { target, replacement }: RotationStepState,
  { consumer, place, status, progress, newSeenAtMs }: HandOver,
): readonly JsonObject[] {
  if (consumer === null || replacement?.credential === undefined) return [];
  const credential = nameOf(target, 'credential', replacement.credential);
  const store = place === null ? null : nameOf('handover', 'store', place.store);
  const isWritten = store !== null && status === 'delivered';
  const isSeen = progress === 'acknowledged' || progress === 'observed-new';
  const at = newSeenAtMs === null ? {} : { observedAt: toTimestamp(newSeenAtMs) };
  return [
    ...(isWritten
      ? [
          { type: 'store', name: place?.store ?? '', refs: [store] },
          edge(store, 'holds', credential, 'declared'),
          edge(consumer, 'reads', store, 'declared'),
        ]
      : []),
    ...(isSeen ? [{ ...edge(consumer, 'uses', credential, 'observed'), ...at }] : []),
  ];
}

function edge(from: string, relation: string, to: string, basis: string): JsonObject {
  return { type: 'edge', from, relation, to, basis };
}

/** A password that was changed has the name of the one before it. */
function endedLine(
  { target, replacement, endedAtMs }: RotationStepState,
  one: CredentialRecord,
): readonly JsonObject[] {
  const renewed = replacement?.credential;
  const isSame =
    renewed !== undefined && one.refs.some((ref) => ref.system === target && ref.value === renewed);
  if (isSame) return [];
  const endedAt = toTimestamp(endedAtMs ?? 0);
  return [{ type: 'credential', id: one.id, kind: one.kind, identity: one.identity, endedAt }];
}
