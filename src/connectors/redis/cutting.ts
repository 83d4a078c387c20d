import type { Guarantee } from '../../kernel/index.ts';
import { ConnectorFailure, type CutOrder } from '../contract.ts';
import type { RedisProfile } from './access.ts';
import { allowedBy, deniedBy, selectorWord, type Catalogue } from './commands.ts';
import type { Command } from './resp.ts';
import { loadCatalogue, loadSessions, loadUsers, type Acting } from './target.ts';
import {
  credentialRef,
  isOwnName,
  mintedName,
  parkedName,
  type RedisSessionFacts,
  type UserState,
} from './users.ts';

export type OfferedGuarantee = 'G2' | 'G4' | 'G5';

/** What a cut takes hold of: a credential only where the guarantee can. */
export interface Scope {
  readonly guarantee: OfferedGuarantee;
  readonly identity: string;
  /** Null = the whole user. */
  readonly credential: string | null;
}

export interface SubjectState {
  readonly user: UserState;
  readonly sessions: readonly RedisSessionFacts[];
  readonly catalogue: Catalogue;
  /** The hash of the credential that is cut, wherever it is now. */
  readonly active: string | null;
  readonly parked: string | null;
}

function refuse(problem: string): never {
  throw new ConnectorFailure('refused', problem);
}

export function offered(guarantee: Guarantee): OfferedGuarantee {
  if (guarantee === 'G2' || guarantee === 'G4' || guarantee === 'G5') return guarantee;
  return refuse(`Redis has nothing that gives ${guarantee}`);
}

/** The subject, after the refusals that hold for every change: what Firebreak and everybody else depend on. */
export function scopeOf(
  order: Pick<CutOrder, 'subject' | 'grain' | 'guarantee'>,
  profile: RedisProfile,
): Scope {
  const guarantee = offered(order.guarantee);
  const { identity, credential } = order.subject;
  refuseProtected(identity, profile);
  if (order.grain === 'identity') return { guarantee, identity, credential: null };
  if (guarantee === 'G2') refuse('Redis gives rights to a user, not to one of its passwords');
  if (credential === undefined) return refuse('a cut of one credential has to name it');
  return { guarantee, identity, credential };
}

export function refuseProtected(identity: string, profile: RedisProfile): void {
  if (identity === 'default') {
    refuse('the default user has every session without a login; it is cut by hand');
  }
  if (identity === profile.account) {
    refuse(`Firebreak acts as ${identity}; it is cut by hand`);
  }
  if (identity === profile.control) {
    refuse(`${identity} is the control of every probe; name another one, then cut it`);
  }
  if (isOwnName(identity)) refuse(`${identity} is a marker of Firebreak and no identity`);
}

/** Null when there is no such user. */
export async function loadState(
  acting: Acting,
  target: string,
  scope: Pick<Scope, 'identity' | 'credential'>,
): Promise<SubjectState | null> {
  const { identity, credential } = scope;
  const markers = credential === null ? [] : [parkedName(credential)];
  const [user = null, parked = null] = await loadUsers(acting, [identity, ...markers]);
  if (user === null) return null;
  const isIt = (hash: string): boolean => credentialRef(target, identity, hash) === credential;
  return {
    user,
    sessions: await loadSessions(acting, identity),
    catalogue: await loadCatalogue(acting),
    active: user.hashes.find(isIt) ?? null,
    parked: parked?.hashes.find(isIt) ?? null,
  };
}

export async function stateOf(
  acting: Acting,
  target: string,
  scope: Pick<Scope, 'identity' | 'credential'>,
): Promise<SubjectState> {
  const state = await loadState(acting, target, scope);
  return state ?? refuse(`${target} does not know the subject`);
}

/** Nothing that is denied is allowed, by the root or by any selector: each of them allows on its own. */
function isReduced({ user, catalogue }: SubjectState, profile: RedisProfile): boolean {
  const denied = deniedBy(profile.denied, catalogue);
  return [user.root, ...user.selectors].every(({ commands }) =>
    allowedBy(commands, catalogue).isDisjointFrom(denied),
  );
}

/** No new login: the part of a cut that comes before sessions are ended. */
export function isBlocked(scope: Scope, state: SubjectState, profile: RedisProfile): boolean {
  if (scope.guarantee === 'G2') return isReduced(state, profile);
  const gone = state.active === null && !state.user.nopass;
  if (scope.credential !== null) {
    return gone && (scope.guarantee === 'G4' || state.parked === null);
  }
  if (scope.guarantee === 'G4') return !state.user.on;
  return !state.user.on && !state.user.nopass && state.user.hashes.length === 0;
}

/**
 * Sessions that the cut still has to end. Those of one password cannot be told apart: they end in the same transaction
 * that takes the password away, so none is left by it.
 */
export function sessionsLeft(scope: Scope, state: SubjectState): number {
  return scope.guarantee === 'G2' || scope.credential !== null ? 0 : state.sessions.length;
}

/** What to send so that `isBlocked` becomes true. One ACL SETUSER is all or nothing, and a list of them is too. */
export function blockingCommands(
  scope: Scope,
  state: SubjectState,
  profile: RedisProfile,
): readonly Command[] {
  const { identity, credential, guarantee } = scope;
  if (guarantee === 'G2') return [reducing(state, profile)];
  if (credential === null) {
    return [['ACL', 'SETUSER', identity, ...(guarantee === 'G4' ? ['off'] : ['off', 'resetpass'])]];
  }
  const hash = state.active;
  if (state.user.nopass) refuse(`${identity} is let in with any password; cut the identity`);
  const drop: readonly Command[] = hash === null ? [] : [['ACL', 'SETUSER', identity, `!${hash}`]];
  if (guarantee === 'G5') {
    return [...drop, ['ACL', 'DELUSER', parkedName(credential), mintedName(credential)]];
  }
  return hash === null ? drop : [...drop, parking(credential, hash)];
}

export function parking(credential: string, hash: string): Command {
  return ['ACL', 'SETUSER', parkedName(credential), 'reset', `#${hash}`];
}

function reducing({ user, catalogue }: SubjectState, profile: RedisProfile): Command {
  const { denied } = profile;
  const words = denied.map((rule) => `-${rule}`);
  const forbidden = deniedBy(denied, catalogue);
  const open = user.selectors.some(
    ({ commands }) => !allowedBy(commands, catalogue).isDisjointFrom(forbidden),
  );
  // A selector cannot be changed, only made anew.
  const selectors = open
    ? ['clearselectors', ...user.selectors.map((rules) => selectorWord(rules, denied))]
    : [];
  return ['ACL', 'SETUSER', user.name, ...words, ...selectors];
}

/** The passwords that a user has, by name. */
export function credentialsOf(target: string, user: UserState): readonly string[] {
  return user.hashes.map((hash) => credentialRef(target, user.name, hash));
}
