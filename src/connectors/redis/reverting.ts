import type { Json, JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Reverted,
  type RevertOrder,
} from '../contract.ts';
import { sameCommands, selectorWord } from './commands.ts';
import { scopeOf, stateOf, type Scope, type SubjectState } from './cutting.ts';
import type { Command } from './resp.ts';
import { saveUsers } from './saving.ts';
import type { Acting, RedisTarget } from './target.ts';
import { credentialRef, parkedName, permissionsJson, type Rules } from './users.ts';

/**
 * Against the current state: what the cut made is put back to what was before; what somebody else made of it meanwhile
 * is a conflict. A leaked password stays taken away unless it is to be rearmed.
 */
export async function revert(
  target: RedisTarget,
  order: RevertOrder,
  context: CallContext,
): Promise<Reverted> {
  const { profile } = target;
  const scope = scopeOf(order, profile);
  if (scope.guarantee === 'G5') {
    throw new ConnectorFailure('refused', 'a revoked credential stays revoked');
  }
  return target.use(context, async (acting) => {
    const state = await stateOf(acting, profile.target, scope);
    if (scope.guarantee === 'G2') return restorePermissions(acting, target, order, state);
    return scope.credential === null
      ? switchOn(acting, target, order, state)
      : giveBack(acting, target, order, { ...scope, credential: scope.credential }, state);
  });
}

/** Done only when it outlives a restart. */
async function carryOut(
  acting: Acting,
  { profile }: RedisTarget,
  commands: readonly Command[],
  facts: JsonObject,
): Promise<Reverted> {
  if (commands.length > 0) await acting.change(commands);
  const unsaved = await saveUsers(acting, profile);
  if (unsaved !== null) throw new ConnectorFailure('refused', unsaved);
  return { state: commands.length === 0 ? 'already' : 'done', raw: facts };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const textIn = (body: JsonObject, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value : '';
};

function rulesIn(body: Json | undefined): readonly Rules[] {
  if (!Array.isArray(body)) return [];
  return body.filter(isObject).map((each) => ({
    commands: textIn(each, 'commands'),
    keys: textIn(each, 'keys'),
    channels: textIn(each, 'channels'),
  }));
}

interface Permissions {
  readonly commands: string;
  readonly selectors: readonly Rules[];
}

function restorePermissions(
  acting: Acting,
  target: RedisTarget,
  { inverse }: RevertOrder,
  state: SubjectState,
): Promise<Reverted> | Reverted {
  const { permissions } = inverse;
  const old = isObject(permissions) ? permissions : {};
  const before = { commands: textIn(old, 'commands'), selectors: rulesIn(old['selectors']) };
  const denied = Array.isArray(inverse['denied']) ? inverse['denied'].map(String) : [];
  const cut = reduced(before, denied);
  const now = { commands: state.user.root.commands, selectors: state.user.selectors };
  if (same(now, before, state)) return carryOut(acting, target, [], { permissions: old });
  if (!same(now, cut, state)) {
    const text = ({ commands, selectors }: Permissions): Json => ({
      commands,
      selectors: selectors.map((each) => ({ ...each })),
    });
    return { state: 'conflict', before: text(before), cut: text(cut), now: text(now) };
  }
  const words = before.commands.split(' ').filter((each) => each !== '');
  const isOpened = before.selectors.length > 0;
  const selectors = isOpened
    ? ['clearselectors', ...before.selectors.map((rules) => selectorWord(rules, []))]
    : [];
  const command: Command = [
    'ACL',
    'SETUSER',
    state.user.name,
    'nocommands',
    ...words,
    ...selectors,
  ];
  return carryOut(acting, target, [command], { permissions: permissionsJson(state.user) });
}

function reduced(before: Permissions, denied: readonly string[]): Permissions {
  const less = (commands: string): string =>
    [commands, ...denied.map((rule) => `-${rule}`)].join(' ');
  return {
    commands: less(before.commands),
    selectors: before.selectors.map((each) => ({ ...each, commands: less(each.commands) })),
  };
}

/** By what they allow, not by their text: the server rewrites rules as it likes. */
function same(left: Permissions, right: Permissions, { catalogue }: SubjectState): boolean {
  return (
    sameCommands(left.commands, right.commands, catalogue) &&
    left.selectors.length === right.selectors.length &&
    left.selectors.every((one, index) => {
      const other = right.selectors[index];
      return (
        other !== undefined &&
        one.keys === other.keys &&
        one.channels === other.channels &&
        sameCommands(one.commands, other.commands, catalogue)
      );
    })
  );
}

/** Must not work again and is removed for good: the password that leaked, else all that the user had when it was cut. */
function switchOn(
  acting: Acting,
  target: RedisTarget,
  order: RevertOrder,
  { user }: SubjectState,
): Promise<Reverted> {
  const { identity, credential } = order.subject;
  const refOf = (hash: string): string => credentialRef(target.profile.target, identity, hash);
  const old = Array.isArray(order.preImage['credentials'])
    ? order.preImage['credentials'].map(String)
    : [];
  const dead = credential === undefined ? old : [credential];
  const leaked = order.rearmCredential
    ? []
    : user.hashes.filter((hash) => dead.includes(refOf(hash)));
  const isOpen = !order.rearmCredential && user.nopass;
  const turnsOn = order.inverse['on'] === true && !user.on;
  const words = [
    ...(isOpen ? ['resetpass'] : leaked.map((hash) => `!${hash}`)),
    ...(turnsOn ? ['on'] : []),
  ];
  const commands: readonly Command[] =
    words.length === 0 ? [] : [['ACL', 'SETUSER', identity, ...words]];
  return carryOut(acting, target, commands, { on: true, keptDead: leaked.map(refOf) });
}

function giveBack(
  acting: Acting,
  target: RedisTarget,
  order: RevertOrder,
  { identity, credential }: Scope & { readonly credential: string },
  { active, parked }: SubjectState,
): Promise<Reverted> | Reverted {
  const where = active === null ? (parked === null ? 'gone' : 'parked') : 'accepted';
  const conflict: Reverted = { state: 'conflict', before: 'accepted', cut: 'parked', now: where };
  if (!order.rearmCredential) {
    // The cut is the credential's own death, so there is nothing else to give back.
    return active === null ? carryOut(acting, target, [], { keptDead: credential }) : conflict;
  }
  if (active !== null || order.inverse['accepted'] !== true) {
    return carryOut(acting, target, [], { accepted: active !== null });
  }
  if (parked === null) return conflict;
  return carryOut(
    acting,
    target,
    [
      ['ACL', 'SETUSER', identity, `#${parked}`],
      ['ACL', 'DELUSER', parkedName(credential)],
    ],
    { accepted: true },
  );
}
