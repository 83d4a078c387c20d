import type { JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type Applied,
  type CallContext,
  type CutOrder,
  type Prepared,
  type ReadBack,
} from '../contract.ts';
import {
  blockingCommands,
  credentialsOf,
  isBlocked,
  loadState,
  scopeOf,
  sessionsLeft,
  stateOf,
  type Scope,
  type SubjectState,
} from './cutting.ts';
import type { Command } from './resp.ts';
import { saveProblem, saveUsers } from './saving.ts';
import { loadAllUsers, type Acting, type RedisTarget } from './target.ts';
import { credentialRef, endingName, parkedName, permissionsJson } from './users.ts';

/** No hash in it: what a password was is left with the server. */
export async function prepare(
  target: RedisTarget,
  order: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  const { profile } = target;
  const scope = scopeOf(order, profile);
  return target.use(context, async (acting) => {
    const state = await stateOf(acting, profile.target, scope);
    const preImage: JsonObject = {
      on: state.user.on,
      nopass: state.user.nopass,
      permissions: permissionsJson(state.user),
      keys: state.user.root.keys,
      channels: state.user.root.channels,
      credentials: [...credentialsOf(profile.target, state.user)],
      sessions: state.sessions.length,
      alreadyApplied: isBlocked(scope, state, profile),
    };
    return { preImage, inverse: inverseOf(scope, state, profile.denied) };
  });
}

function inverseOf(
  scope: Scope,
  { user, active }: SubjectState,
  denied: readonly string[],
): JsonObject | null {
  switch (scope.guarantee) {
    case 'G2':
      return { permissions: permissionsJson(user), denied: [...denied] };
    case 'G4':
      return scope.credential === null ? { on: user.on } : { accepted: active !== null };
    case 'G5':
      return null;
  }
}

/**
 * Block new logins first, then end sessions, then look again, then save. Every step looks before it acts, so a repeat
 * does only what is missing.
 */
export async function apply(
  target: RedisTarget,
  order: CutOrder,
  context: CallContext,
): Promise<Applied> {
  const { profile } = target;
  const scope = scopeOf(order, profile);
  return target.use(context, async (acting) => {
    const before = await stateOf(acting, profile.target, scope);
    const blocks = isBlocked(scope, before, profile)
      ? []
      : blockingCommands(scope, before, profile);
    const forgotten = await parkedOf(acting, target, scope);
    if (blocks.length + forgotten.length > 0) await acting.change([...blocks, ...forgotten]);
    const ended = await endSessions(acting, target, scope);
    const after = await stateOf(acting, profile.target, scope);
    const unsaved = await saveUsers(acting, profile);
    const left = scope.credential === null ? sessionsLeft(scope, after) : 0;
    const blocked = isBlocked(scope, after, profile);
    const raw: JsonObject = {
      changed: blocks.length > 0,
      ...(ended === null ? {} : { sessionsEnded: ended, ...collateralOf(scope, ended) }),
      sessionsOpen: after.sessions.length,
      saved: unsaved === null,
    };
    if (blocked && left === 0 && unsaved === null) {
      const idle = blocks.length + forgotten.length === 0 && ended === null;
      return { state: idle ? 'already' : 'done', raw };
    }
    const notDone = [
      ...(blocked ? [] : [scope.guarantee === 'G2' ? 'permissions' : 'authentication']),
      ...after.sessions.slice(0, left).map(({ id }) => `session ${id}`),
      ...(unsaved === null ? [] : [unsaved]),
    ];
    return { state: 'partial', raw, done: blocked ? ['in force'] : [], notDone, unknown: [] };
  });
}

/** Sessions do not say which of several passwords they used, so those of all of them end; they may come back. */
function collateralOf({ credential }: Scope, ended: number): JsonObject {
  return credential === null || ended === 0
    ? {}
    : { collateral: 'sessions of the other passwords ended too; they can log in again' };
}

/** A revoked user has no password left anywhere, also none that an earlier cut took away and kept. */
async function parkedOf(
  acting: Acting,
  { profile }: RedisTarget,
  { guarantee, identity, credential }: Scope,
): Promise<readonly Command[]> {
  if (guarantee !== 'G5' || credential !== null) return [];
  const { own } = await loadAllUsers(acting);
  const names = own
    .filter(({ name, hashes }) =>
      hashes.some((hash) => name === parkedName(credentialRef(profile.target, identity, hash))),
    )
    .map(({ name }) => name);
  return names.length === 0 ? [] : [['ACL', 'DELUSER', ...names]];
}

/**
 * After the block: whoever is logged in now with what was blocked is ended by one command. Null when there was nothing
 * to end. For one password the reply itself is the proof, since who logs in later did it with another one.
 */
async function endSessions(
  acting: Acting,
  { profile }: RedisTarget,
  scope: Scope,
): Promise<number | null> {
  const { identity, credential } = scope;
  const state = await stateOf(acting, profile.target, scope);
  if (sessionsLeft(scope, state) === 0) return null;
  const [ended = 0] = await acting.change([['CLIENT', 'KILL', 'USER', identity]]);
  if (credential !== null) await acting.change([['ACL', 'DELUSER', endingName(credential)]]);
  return Number(ended);
}

export async function readBack(
  target: RedisTarget,
  order: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  const { profile } = target;
  const scope = scopeOf(order, profile);
  try {
    return await target.use(context, async (acting) => {
      const state = await loadState(acting, profile.target, scope);
      // Removed by somebody else: then nobody can log in, and the server has ended its sessions.
      if (state === null) return { state: 'applied', raw: { user: 'removed' } };
      const raw: JsonObject = {
        on: state.user.on,
        permissions: permissionsJson(state.user),
        sessionsOpen: state.sessions.length,
      };
      if (!isBlocked(scope, state, profile)) return { state: 'absent', raw };
      const unsaved = await saveProblem(acting, profile);
      const open = sessionsLeft(scope, state) > 0;
      return {
        state: open || unsaved !== null ? 'partial' : 'applied',
        raw: unsaved === null ? raw : { ...raw, unsaved },
      };
    });
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind === 'refused') throw error;
    return { state: 'unknown', raw: { problem: error.message } };
  }
}

