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
import type { Command, Reply } from './resp.ts';
import { saveProblem, saveUsers } from './saving.ts';
import { loadAllUsers, type Acting, type RedisTarget } from './target.ts';
import { credentialRef, parkedName, permissionsJson } from './users.ts';

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
 * In one transaction: first no new login, then no open session; then look again, then save. A repeat does only what is
 * missing.
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
    const isNew = !isBlocked(scope, before, profile);
    const commands = [
      ...(isNew ? blockingCommands(scope, before, profile) : []),
      ...(await forgetting(acting, target, scope)),
      ...(needsEnding(scope, before, isNew) ? [killing(scope)] : []),
    ];
    const replies = commands.length === 0 ? [] : await acting.change(commands);
    const after = await stateOf(acting, profile.target, scope);
    const unsaved = await saveUsers(acting, profile);
    const left = sessionsLeft(scope, after);
    const blocked = isBlocked(scope, after, profile);
    const raw: JsonObject = {
      commands: commands.length,
      ...endedIn(scope, commands, replies),
      sessionsOpen: after.sessions.length,
      saved: unsaved === null,
    };
    if (blocked && left === 0 && unsaved === null) {
      return { state: commands.length === 0 ? 'already' : 'done', raw };
    }
    const notDone = [
      ...(blocked ? [] : [scope.guarantee === 'G2' ? 'permissions' : 'authentication']),
      ...after.sessions.slice(0, left).map(({ id }) => `session ${id}`),
      ...(unsaved === null ? [] : [unsaved]),
    ];
    return { state: 'partial', raw, done: blocked ? ['in force'] : [], notDone, unknown: [] };
  });
}

const killing = ({ identity }: Scope): Command => ['CLIENT', 'KILL', 'USER', identity];

/** A password that an earlier cut took away left no session: then nobody else is disturbed once more. */
function needsEnding(scope: Scope, state: SubjectState, isNew: boolean): boolean {
  if (scope.guarantee === 'G2') return false;
  return scope.credential === null
    ? isNew || state.sessions.length > 0
    : isNew && state.active !== null;
}

function endedIn(
  { credential }: Scope,
  commands: readonly Command[],
  replies: readonly Reply[],
): JsonObject {
  const at = commands.findIndex(([word]) => word === 'CLIENT');
  if (at === -1) return {};
  const sessionsEnded = Number(replies[at]);
  const isShared = credential !== null && sessionsEnded > 0;
  return { sessionsEnded, ...(isShared ? { collateral: COLLATERAL } : {}) };
}

const COLLATERAL =
  'sessions do not say which password they used: those of the other passwords ended too and can log in again';

/** A revoked user has no password left anywhere, also none that an earlier cut took away and kept. */
async function forgetting(
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
