import type {
  AuthorityFacts,
  AuthorityResolution,
  Charter,
  DecisionKind,
  Severity,
} from '../authority/index.ts';
import type { Connector } from '../connectors/contract.ts';
import type { CredentialRecord, Found, IdentityRecord } from '../inventory/index.ts';
import { refText } from '../inventory/index.ts';
import {
  AUTHENTICITIES,
  CONFIDENCES,
  FirebreakError,
  type Id,
  type JsonObject,
  LIMITS,
} from '../kernel/index.ts';
import type { Signal } from '../signals/index.ts';
import { identityOf } from './containment/restore.ts';
import { actedIn } from './decisions/acted.ts';
import type { IncidentDecision, Live } from './decisions/model.ts';
import type { NewSubject } from './incident/entries.ts';
import type {
  Considered,
  IncidentSignal,
  IncidentState,
  NamedCredential,
} from './incident/model.ts';
import { targetRef } from './attribute.ts';
import type { ResponseParts } from './parts.ts';
import { countCards } from './card-store.ts';
import { readSurvival, type Survival } from './survival.ts';
import { type CompromiseSeen, compromiseOf, familyOf } from './plan/compromise.ts';
import { readNarrower, sessionsNamed } from './sessions.ts';
import { severityOf } from './plan/severity.ts';
import { stakesFacts } from './stakes-facts.ts';
import { readSuspects, type Suspects, withPerson } from './people-store.ts';
import { suspectIn } from './suspects.ts';
import { believed, isInQuarantine, type Statement } from './quarantine.ts';

/** Everything the pure core needs to know about one identity, read at one moment. */
export interface Known {
  readonly identity: IdentityRecord;
  readonly identityRef: string;
  readonly capabilities: ReturnType<Connector['describe']>;
  readonly knownCredentials: readonly string[];
  readonly credentials: readonly CredentialRecord[];
  readonly survival: Survival;
  readonly severity: Severity | null;
}

export function connectorOf(parts: ResponseParts, target: string): Connector {
  const connector = parts.connectors.get(target);
  if (connector === undefined) throw new FirebreakError('target-unknown', { target });
  return connector;
}

/** Nobody serves this target: it offers no cut, so people are asked to cut by hand, and nothing is called contained. */
function noCapabilities(target: string): Known['capabilities'] {
  return {
    target,
    system: 'unknown',
    honoursIdempotencyKeys: false,
    callTimeoutMs: LIMITS.targetCallTimeoutMs,
    concurrentCallsMax: 1,
    guarantees: [],
    probeMethods: [],
    actsAs: '',
    leastPrivilege: [],
  };
}

export async function readKnown(parts: ResponseParts, identity: IdentityRecord): Promise<Known> {
  const identityRef = targetRef(identity.refs, identity.target, 'identity') ?? identity.name;
  const [credentials, survival] = await Promise.all([
    parts.inventory.credentials(identity.id),
    readSurvival(parts, identity, identityRef),
  ]);
  return {
    identity,
    identityRef,
    credentials,
    survival,
    capabilities:
      parts.connectors.get(identity.target)?.describe() ?? noCapabilities(identity.target),
    knownCredentials: credentials.flatMap(
      (one) => targetRef(one.refs, identity.target, 'credential') ?? [],
    ),
    severity: severityOf(identity.environment, parts.dependencies.servicesOf(identity.id)),
  };
}

export async function readKnownOf(parts: ResponseParts, id: Id<'identity'>): Promise<Known> {
  const identity = await parts.inventory.identity(id);
  if (identity === null) throw new FirebreakError('identity-unknown', { ref: id });
  return await readKnown(parts, identity);
}

export async function authorityFacts(
  parts: ResponseParts,
  known: Known,
  statements: readonly Statement[],
  state: IncidentState | null,
): Promise<AuthorityFacts> {
  const { identity } = known;
  const services = parts.dependencies.servicesOf(identity.id);
  const [{ restoreTimes, ...record }, ownership, people] = await Promise.all([
    parts.authority.record(identity.target),
    parts.inventory.owners(identity),
    peopleFacts(parts, state),
  ]);
  const raising = believed(
    statements.filter((one) => one.type !== 'all-clear'),
    people.suspects.sources,
  );
  return {
    identity: {
      id: identity.id,
      refs: identity.refs.map(refText),
      kind: identity.kind,
      tags: identity.tags,
      services: (services ?? []).flatMap((service) => [service.id, service.name]),
      servicesUnknown: services === null,
      operator: identity.operator,
      lastAdministrator: known.survival.lastAdministrator,
      owners: ownership.owners.map(({ role, names }) => ({ role, names })),
    },
    environment: identity.environment,
    jurisdiction: identity.jurisdiction,
    severity: known.severity,
    signalTypes: raising.map((one) => one.type),
    authenticity: strongestOf(
      AUTHENTICITIES,
      raising.map((one) => one.authenticity),
    ),
    confidence: strongestOf(
      CONFIDENCES,
      raising.map((one) => one.confidence),
    ),
    sources: new Set(raising.map((one) => one.source)).size,
    signalSource: raising[0]?.source ?? '',
    targetOpenedAtMs: state?.subjects.find((one) => one.identity === identity.id)?.sinceMs ?? null,
    conflicts: rotators(identity),
    ...people,
    ...record,
    ...stakesFacts(parts, known, restoreTimes),
  };
}

const ROTATED_BY = 'rotated-by:';

/** Whoever last had the secret in hand, as the inventory's tag says; owners and managers follow from the roster. */
function rotators({ tags }: IdentityRecord): NonNullable<AuthorityFacts['conflicts']> {
  return tags
    .filter((tag) => tag.startsWith(ROTATED_BY))
    .map((tag) => tag.slice(ROTATED_BY.length))
    .map((person) => ({
      person,
      ground: 'last-rotated-by',
      atMs: null,
      why: `${person} rotated it last`,
    }));
}

type PeopleFacts = Pick<AuthorityFacts, 'acted' | 'load' | 'incidentOpenedAtMs'> & {
  readonly suspects: Suspects;
};

/** What is true of people now, whatever the case is about. */
async function peopleFacts(
  parts: ResponseParts,
  state: IncidentState | null,
): Promise<PeopleFacts> {
  const suspects = await readSuspects(parts.store);
  const fuse = parts.authority.charter().fuses.decisionsAPerson;
  const nowMs = parts.clock.nowMs();
  return {
    suspects,
    ...(fuse === null ? {} : { load: await countCards(parts.store, nowMs - fuse.perMs) }),
    acted: state === null ? [] : actedIn(state),
    incidentOpenedAtMs: state?.openedAtMs ?? null,
  };
}

/** A decision about no identity: of the machine itself, or of an incident as a whole. */
async function factsOfNobody(
  parts: ResponseParts,
  state: IncidentState | null,
  parameters: JsonObject,
): Promise<AuthorityFacts> {
  const people = await peopleFacts(parts, state);
  const meant = suspectIn(parameters);
  return {
    identity: { id: '', refs: [], kind: '', tags: [], services: [], operator: null },
    environment: null,
    jurisdiction: null,
    severity: state?.severity ?? null,
    signalTypes: [],
    authenticity: 'unauthenticated',
    confidence: 'weak',
    sources: 0,
    rehearsedAt: null,
    automaticCuts: [],
    signalSource: '',
    ...people,
    // Nobody is asked whether they themselves are to be a suspect.
    suspects: meant?.kind === 'person' ? withPerson(people.suspects, meant.name) : people.suspects,
  };
}

/**
 * What is true now of the people who may answer this decision. Its rules are those of the charter revision that it was
 * opened under.
 */
export async function liveOf(
  parts: ResponseParts,
  state: IncidentState,
  decision: Pick<IncidentDecision, 'kind' | 'action' | 'charter' | 'openedAtMs'>,
): Promise<Live> {
  const identity = identityOf(state, decision);
  const record = identity === null ? null : await parts.inventory.identity(identity);
  const facts =
    record === null
      ? await factsOfNobody(parts, state, parametersOf(decision))
      : await authorityFacts(
          parts,
          await readKnown(parts, record),
          state.signals.map(statementOf),
          state,
        );
  // Rules are pinned to the revision; people are live.
  const pinned = await parts.authority.charterAt(decision.charter.digest);
  const then = { ...facts, decisionOpenedAtMs: decision.openedAtMs };
  return liveWith(parts, then, decision.kind, pinned ?? parts.authority.charter());
}

function parametersOf({ action }: Pick<IncidentDecision, 'action'>): JsonObject {
  return action.verb === 'act' && action.act === 'mark-suspect' ? action.parameters : {};
}

/** The same for a question that belongs to no identity and has yet to be put. */
export async function liveOfNobody(
  parts: ResponseParts,
  state: IncidentState | null,
  kind: DecisionKind,
  parameters: JsonObject = {},
): Promise<Live> {
  return liveWith(parts, await factsOfNobody(parts, state, parameters), kind);
}

/** The same for a question about this identity that has yet to be put. */
export async function liveFor(
  parts: ResponseParts,
  known: Known,
  state: IncidentState | null,
  kind: DecisionKind,
): Promise<Live> {
  const statements = (state?.signals ?? []).map(statementOf);
  return liveWith(parts, await authorityFacts(parts, known, statements, state), kind);
}

function liveWith(
  parts: ResponseParts,
  facts: AuthorityFacts,
  kind: DecisionKind,
  charter: Charter = parts.authority.charter(),
): Live {
  const resolution = parts.authority.resolve(facts, kind, charter);
  return { resolution, suspects: facts.suspects ?? NOBODY };
}

const NOBODY = { people: [], channels: [] };

function strongestOf<Word extends string>(order: readonly Word[], words: readonly Word[]): Word {
  const ranks = words.map((word) => order.indexOf(word));
  const strongest = order[Math.max(0, ...ranks)] ?? order[0];
  if (strongest === undefined)
    throw new FirebreakError('internal-invariant', { invariant: 'the list of words is not empty' });
  return strongest;
}

export async function resolveFor(
  parts: ResponseParts,
  known: Known,
  statements: readonly Statement[],
  decision: DecisionKind,
  state: IncidentState | null,
): Promise<AuthorityResolution> {
  return parts.authority.resolve(await authorityFacts(parts, known, statements, state), decision);
}

/** Authority for a subject that is already part of an incident. */
export async function resolveAgain(
  parts: ResponseParts,
  state: IncidentState,
  identityId: Id<'identity'>,
  decision: DecisionKind = 'contain',
): Promise<AuthorityResolution> {
  const known = await readKnownOf(parts, identityId);
  return await resolveFor(parts, known, state.signals.map(statementOf), decision, state);
}

function statementOf(signal: IncidentSignal): Statement {
  const { type, source, authenticity, confidence } = signal;
  return { type, source, authenticity, confidence };
}

/** A signal with its subject, as the pure core wants it. */
export async function considerFacts(
  parts: ResponseParts,
  signal: Signal,
  found: Found,
  known: Known,
  state: IncidentState | null,
): Promise<Considered> {
  const statements = [...(state?.signals ?? []).map(statementOf), signal];
  const credential = found.credential;
  const [resolution, isQuarantined] = await Promise.all([
    resolveFor(parts, known, statements, 'contain', state),
    isInQuarantine(parts.store, signal.source),
  ]);
  return {
    signal,
    found,
    identityRef: known.identityRef,
    credentialRef:
      credential === null ? null : targetRef(credential.refs, found.identity.target, 'credential'),
    resolution,
    capabilities: known.capabilities,
    severity: known.severity ?? 'sev1',
    knownCredentials: known.knownCredentials,
    ...(await readNarrower(parts, signal, known, compromiseOf(seenOf(signal, found, known)))),
    family: familyNamed(known),
    survival: known.survival.reasons,
    ...(isQuarantined ? { quarantined: true } : {}),
  };
}

function seenOf(signal: Signal, { credential }: Found, known: Known): CompromiseSeen {
  const nowMs = Date.parse(signal.receivedAt);
  // Seen before this signal: the use that it speaks of does not make the identity an active one.
  const used = known.credentials
    .flatMap(({ lastUsedAt }) => (lastUsedAt === null ? [] : [Date.parse(lastUsedAt)]))
    .filter((atMs) => atMs < Date.parse(signal.occurredAt) - FRESH_USE_MS);
  const expiresAt = credential?.expiresAt ?? null;
  const issuedAt = credential?.issuedAt ?? null;
  return {
    type: signal.type,
    identityKind: known.identity.kind,
    credentialKind: credential?.kind ?? null,
    idleMs: used.length === 0 ? null : nowMs - Math.max(...used),
    lifetimeMs:
      expiresAt === null || issuedAt === null ? null : Date.parse(expiresAt) - Date.parse(issuedAt),
    operator: known.identity.operator,
    namesSession: sessionsNamed(signal, known.identity.target).length > 0,
  };
}

/** Sources report a use with its alert: that use is part of what is reported. */
const FRESH_USE_MS = 86_400_000;

function familyNamed({ identity, credentials }: Known): readonly NamedCredential[] {
  return familyOf(credentials).flatMap(({ id, refs }) => {
    const ref = targetRef(refs, identity.target, 'credential');
    // Abused is not exposed: what turns out to be a false alarm can be given back.
    return ref === null ? [] : [{ id, ref, exposed: false, custody: null }];
  });
}

/** The subject of a containment that a person asks for. */
export function subjectOfKnown(
  known: Known,
  found: Found,
  resolution: AuthorityResolution,
): NewSubject {
  const { identity } = known;
  const ref =
    found.credential === null
      ? null
      : targetRef(found.credential.refs, identity.target, 'credential');
  const named =
    found.credential === null || ref === null
      ? []
      : [{ id: found.credential.id, ref, exposed: false, custody: null }];
  return {
    identity: identity.id,
    name: identity.name,
    target: identity.target,
    identityRef: known.identityRef,
    credentials: named,
    capabilities: known.capabilities,
    resolution,
    survival: known.survival.reasons,
    knownCredentials: known.knownCredentials,
  };
}
