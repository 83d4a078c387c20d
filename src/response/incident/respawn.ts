import type { DiscoveredCredential, DiscoveredSession } from '../../connectors/contract.ts';
import {
  GUARANTEES,
  type Guarantee,
  type Id,
  isAtLeast,
  LIMITS,
  weakerOf,
} from '../../kernel/index.ts';
import type { CutState } from '../containment/model.ts';
import { voidRestore } from '../containment/restore.ts';
import { capabilityOf, type Hold, isolationHold, strongest } from '../plan/plan.ts';
import { type Draft, subjectOf } from './draft.ts';
import { advance, ask, closeWindow, cutAutomatically, plan, recontain } from './ladder.ts';
import type { SubjectState } from './model.ts';
import { sessionsWatched } from './sessions.ts';

const RESPAWN_PARENT_COUNT = 3;
const RESPAWN_PARENT_MS = 600_000;

/** What the watch saw on the target. Anything minted since the first suspect time that nobody knew is a respawn. */
export function watched(
  draft: Draft,
  identity: Id<'identity'>,
  credentials: readonly DiscoveredCredential[],
  everyMs: number,
  sessions: readonly DiscoveredSession[] = [],
): void {
  const { settings, nowMs } = draft.facts;
  if (draft.state().status === 'closed') return;
  const subject = subjectOf(draft, identity);
  const fresh = credentials.filter((one) => isRespawn(draft, subject, one));
  const why = 'it minted a new credential';
  const voided = fresh.length > 0 && voidRestore(draft, identity, why);
  for (const found of fresh) respawn(draft, identity, found);
  if (voided) recontain(draft, identity, true, why);
  sessionsWatched(draft, identity, sessions);
  if (fresh.length > 0) afterRespawn(draft, identity, fresh.length);
  const nextMs =
    fresh.length > 0 ? settings.watchMs : Math.min(Math.round(everyMs * 1.1), settings.watchMsMax);
  draft.effect({ type: 'watch', identity, dueAtMs: nowMs + nextMs, everyMs: nextMs });
}

function isRespawn(draft: Draft, subject: SubjectState, found: DiscoveredCredential): boolean {
  if (subject.knownCredentials.includes(found.credential)) return false;
  // What Firebreak itself minted replaces what it cut.
  if (found.mintedBy === subject.capabilities.actsAs) return false;
  const mintedHere = found.identity === subject.identityRef || found.mintedBy !== null;
  return mintedHere && Date.parse(found.issuedAt) >= draft.state().firstSuspectAtMs;
}

function respawn(draft: Draft, identity: Id<'identity'>, found: DiscoveredCredential): void {
  const subject = subjectOf(draft, identity);
  const credential = draft.facts.ids.next('credential');
  const parent = parentOf(draft, identity, found);
  const elsewhere = found.identity === subject.identityRef ? {} : { identityRef: found.identity };
  draft.record('respawn.found', {
    identity,
    credential,
    ref: found.credential,
    issuedAt: found.issuedAt,
    mintedBy: found.mintedBy,
    ...elsewhere,
  });
  draft.effect({ type: 'known-credential', identity, credential, found });
  const named = {
    id: credential,
    ref: found.credential,
    exposed: true,
    custody: null,
    ...elsewhere,
  };
  const hold = (guarantee: Guarantee): Hold => ({
    guarantee,
    grain: capabilityOf(subject, guarantee)?.grain ?? 'identity',
    credential: named,
    descendantOf: parent?.id ?? null,
    depth: (parent?.subject.depth ?? 0) + 1,
    why: `minted at ${found.issuedAt}, after the first suspect time`,
  });
  const guarantee = inheritedHold(subject);
  const count = subject.respawns.length + 1;
  const limit = Math.min(subject.resolution.inherit?.limit ?? 0, LIMITS.descendantsMax);
  const deep = (parent?.subject.depth ?? 0) >= LIMITS.descendantDepthMax;
  if (guarantee !== null && count <= limit && !deep) {
    const { why } = hold(guarantee);
    const ref = found.credential;
    draft.effect({ type: 'restrict', identity, credential, ref, effect: 'deny', why });
    draft.record('restriction.set', { identity, effect: 'deny', why });
    cutAutomatically(draft, identity, [hold(guarantee)]);
    return;
  }
  const wanted = isolationHold(subject, 'G4') ?? 'G4';
  const cut = plan(draft, identity, hold(wanted));
  const why = `a respawned credential: ${found.credential}`;
  if (cut !== null) ask(draft, identity, [cut.id], wanted, why);
  else if (capabilityOf(subject, wanted) === null) ask(draft, identity, [], wanted, why);
}

function parentOf(
  draft: Draft,
  identity: Id<'identity'>,
  found: DiscoveredCredential,
): CutState | undefined {
  const cuts = draft.state().cuts.filter((cut) => cut.subject.identity === identity);
  return cuts.find((cut) => cut.order.subject.credential === found.mintedBy) ?? cuts[0];
}

/** As far as inheritance and the mandate both reach. */
function inheritedHold(subject: SubjectState): Guarantee | null {
  const { inherit, automaticUpTo } = subject.resolution;
  if (inherit === null || automaticUpTo === null) return null;
  return strongest(subject, ['G3', 'G4'], weakerOf(GUARANTEES, inherit.upTo, automaticUpTo));
}

/** A new mint ends W1, and the third within ten minutes asks for the whole identity. */
function afterRespawn(draft: Draft, identity: Id<'identity'>, fresh: number): void {
  const subject = subjectOf(draft, identity);
  if (subject.window?.name === 'W1') {
    closeWindow(draft, identity, 'advance', 'it minted a new credential');
    advance(draft, identity, 'it minted a new credential');
  }
  const sinceMs = draft.facts.nowMs - RESPAWN_PARENT_MS;
  const recent = subject.respawns.filter((one) => one.atMs >= sinceMs).length;
  if (recent < RESPAWN_PARENT_COUNT || recent - fresh >= RESPAWN_PARENT_COUNT) return;
  const guarantee = isolationHold(subject, 'G4');
  if (guarantee === null || !isAtLeast(GUARANTEES, guarantee, 'G3')) return;
  const why = `${recent} respawns within ten minutes: something else of this identity is in the wrong hands`;
  const cut = plan(draft, identity, {
    guarantee,
    grain: 'identity',
    credential: null,
    descendantOf: null,
    depth: 0,
    why,
  });
  if (cut !== null) ask(draft, identity, [cut.id], guarantee, why);
}
