import { canonicalJson, type Guarantee, type Json, type JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure, type CutOrder, type CutSubject } from '../contract.ts';
import { objectIn, objectsIn, textIn, textsIn, type WorldProfile } from './profile.ts';

/** The one part of the target's state that a guarantee owns. Cuts of different guarantees never touch each other's. */
export type Field = 'stepUp' | 'denied' | 'quarantine' | 'enabled' | 'revoked';

export interface CutRule {
  readonly field: Field;
  readonly verb: string;
  readonly lift: string | null;
  /** What a probe tries. */
  readonly action: 'mint' | 'read';
  /** The refusals that this guarantee causes; those of stronger ones are as good. */
  readonly codes: readonly string[];
}

const REVOKED = ['credential-revoked', 'identity-revoked'];
const SUSPENDED = ['credential-disabled', 'identity-suspended', ...REVOKED];
const QUARANTINED = ['quarantined', ...SUSPENDED];
const REDUCED = ['minting-denied', ...QUARANTINED];

// table: the five guarantees in the world's own words
export const CUT_RULES: Readonly<Record<Guarantee, CutRule>> = {
  G1: {
    field: 'stepUp',
    verb: 'step-up',
    lift: 'lift-step-up',
    action: 'mint',
    codes: ['step-up-required', ...REDUCED],
  },
  G2: { field: 'denied', verb: 'reduce', lift: 'lift-reduce', action: 'mint', codes: REDUCED },
  G3: {
    field: 'quarantine',
    verb: 'quarantine',
    lift: 'lift-quarantine',
    action: 'read',
    codes: QUARANTINED,
  },
  G4: { field: 'enabled', verb: 'disable', lift: 'enable', action: 'read', codes: SUSPENDED },
  G5: { field: 'revoked', verb: 'revoke', lift: null, action: 'read', codes: REVOKED },
};

/** The control plane's word for one subject. */
export interface SubjectState {
  readonly stepUp: readonly string[];
  readonly denied: readonly string[];
  readonly quarantine: readonly string[] | null;
  readonly enabled: boolean;
  readonly revoked: boolean;
  readonly sessions: readonly string[];
}

/** Null when the target does not know the subject. */
export function readSubject(body: JsonObject, scope: CutSubject): SubjectState | null {
  const holder = scope.credential === undefined ? body['identity'] : body['credential'];
  if (holder === null || holder === undefined) return null;
  const state = objectIn(body, scope.credential === undefined ? 'identity' : 'credential');
  const policy = objectIn(state, 'policy');
  return {
    stepUp: textsIn(policy, 'stepUp'),
    denied: textsIn(policy, 'denied'),
    quarantine: policy['quarantine'] === null ? null : textsIn(policy, 'quarantine'),
    enabled: state['enabled'] === true,
    revoked: state['revoked'] === true,
    sessions: objectsIn(body, 'sessions').map((each) => textIn(each, 'session')),
  };
}

/** What is taken hold of: the credential only where the order and the target both can. */
export function scopeOf(
  order: Pick<CutOrder, 'subject' | 'grain'>,
  profile: WorldProfile,
): CutSubject {
  const { identity, credential } = order.subject;
  if (order.grain === 'identity') return { identity };
  if (profile.grain === 'identity') {
    throw new ConnectorFailure('refused', `${profile.target} cannot tell credentials apart`);
  }
  if (credential === undefined) {
    throw new ConnectorFailure('refused', 'a cut of one credential has to name it');
  }
  return { identity, credential };
}

/** INVARIANT: a cut only ever adds to what was denied before. */
export function wantedValue(
  guarantee: Guarantee,
  before: SubjectState,
  parameters: JsonObject,
): Json {
  const listed = ['mint', 'grant', ...textsIn(parameters, 'actions')];
  switch (guarantee) {
    case 'G1':
      return [...new Set([...before.stepUp, ...listed])].sort();
    case 'G2':
      return [...new Set([...before.denied, ...listed])].sort();
    case 'G3':
      return [...textsIn(parameters, 'allow')].sort();
    case 'G4':
      return false;
    case 'G5':
      return true;
  }
}

export function valueOf(guarantee: Guarantee, state: SubjectState): Json {
  const value = state[CUT_RULES[guarantee].field];
  return typeof value === 'object' && value !== null ? [...value].sort() : value;
}

export function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonicalJson(left ?? null) === canonicalJson(right ?? null);
}

export function isBlocked(
  guarantee: Guarantee,
  state: SubjectState,
  parameters: JsonObject,
): boolean {
  if (guarantee === 'G4' && state.revoked) return true;
  return same(valueOf(guarantee, state), wantedValue(guarantee, state, parameters));
}

/** G3 and stronger promise that no old session works; where sessions keep old policies, weaker ones must end them too. */
export function endsSessions(guarantee: Guarantee, profile: WorldProfile): boolean {
  return guarantee === 'G3' || guarantee === 'G4' || guarantee === 'G5'
    ? true
    : !profile.policiesBiteInSessions;
}

/** The body that sets the field of a guarantee to a value, for the cut as well as for taking it back. */
export function bodyFor(guarantee: Guarantee, scope: CutSubject, value: Json): JsonObject {
  const subject: JsonObject = { ...scope };
  switch (CUT_RULES[guarantee].field) {
    case 'stepUp':
    case 'denied':
      return { ...subject, actions: value };
    case 'quarantine':
      return { ...subject, allow: value };
    case 'enabled':
    case 'revoked':
      return subject;
  }
}
