import type { JsonObject } from '../../src/kernel/index.ts';
import {
  ConnectorFailure,
  type Applied,
  type CallContext,
  type CutOrder,
  type Prepared,
  type ReadBack,
  type Reverted,
  type RevertOrder,
} from '../../src/connectors/contract.ts';
import { call } from './calls.ts';
import type { KeyServiceApi } from './service.ts';
import {
  checkOrder,
  isBlocked,
  sessionsLeft,
  stateOf,
  type Offered,
  type SubjectState,
} from './state.ts';

/** What is there before the cut, as far as giving back needs it. Never a secret. */
export async function prepare(
  api: KeyServiceApi,
  order: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  const guarantee = checkOrder(order);
  const state = await stateOf(api, order.subject, context);
  const preImage: JsonObject = {
    actions: [...state.account.actions],
    enabled: state.key?.enabled ?? null,
    sessions: state.sessions.length,
  };
  if (guarantee === 'G5') return { preImage, inverse: null };
  if (guarantee === 'G4') return { preImage, inverse: { enabled: state.key?.enabled === true } };
  return { preImage, inverse: { actions: [...state.account.actions] } };
}

/** Block, end sessions, look again. Every step looks before it acts, so a repeat does only what is missing. */
export async function apply(
  api: KeyServiceApi,
  order: CutOrder,
  context: CallContext,
): Promise<Applied> {
  const guarantee = checkOrder(order);
  let state = await stateOf(api, order.subject, context);
  const done: string[] = [];
  if (!isBlocked(guarantee, state)) {
    await block(api, guarantee, state, context);
    done.push('blocked');
  }
  const { credential } = order.subject;
  if (sessionsLeft(guarantee, state).length > 0 && credential !== undefined) {
    await call('changes', context, () => api.endSessions(credential));
    done.push('sessions ended');
  }
  state = await stateOf(api, order.subject, context);
  const left = sessionsLeft(guarantee, state).map(({ id }) => id);
  const raw: JsonObject = { done, sessionsOpen: left.length };
  if (isBlocked(guarantee, state) && left.length === 0) {
    return { state: done.length === 0 ? 'already' : 'done', raw };
  }
  return { state: 'partial', raw, done, notDone: left, unknown: [] };
}

function block(
  api: KeyServiceApi,
  guarantee: Offered,
  { account, key }: SubjectState,
  context: CallContext,
): Promise<void> {
  return call('changes', context, async () => {
    if (guarantee === 'G2') {
      await api.setActions(
        account.name,
        account.actions.filter((action) => action !== 'mint'),
      );
    } else if (key !== null) {
      await (guarantee === 'G4' ? api.setEnabled(key.id, false) : api.deleteKey(key.id));
    }
  });
}

export async function readBack(
  api: KeyServiceApi,
  order: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  const guarantee = checkOrder(order);
  try {
    const state = await stateOf(api, order.subject, context);
    const left = sessionsLeft(guarantee, state).length;
    const raw: JsonObject = { actions: [...state.account.actions], sessionsOpen: left };
    if (!isBlocked(guarantee, state)) return { state: 'absent', raw };
    return { state: left > 0 ? 'partial' : 'applied', raw };
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind === 'refused') throw error;
    return { state: 'unknown', raw: { problem: error.message } };
  }
}

/** Against the current state: what somebody else made of it meanwhile is a conflict, and stays as it is. */
export async function revert(
  api: KeyServiceApi,
  order: RevertOrder,
  context: CallContext,
): Promise<Reverted> {
  const guarantee = checkOrder(order);
  if (guarantee === 'G5') throw new ConnectorFailure('refused', 'a deleted key stays deleted');
  const state = await stateOf(api, order.subject, context);
  return guarantee === 'G4'
    ? enableAgain(api, order, state, context)
    : permitAgain(api, order, state, context);
}

/** The cut is the death of the leaked key itself: unless it is to be rearmed there is nothing to give back. */
async function enableAgain(
  api: KeyServiceApi,
  { rearmCredential, inverse }: RevertOrder,
  { key }: SubjectState,
  context: CallContext,
): Promise<Reverted> {
  const conflict: Reverted = { state: 'conflict', before: true, cut: false, now: null };
  if (!rearmCredential) {
    return key?.enabled === true
      ? { ...conflict, now: true }
      : { state: 'already', raw: { keptDead: true } };
  }
  if (key === null) return conflict;
  if (key.enabled || inverse['enabled'] !== true) return { state: 'already', raw: {} };
  await call('changes', context, () => api.setEnabled(key.id, true));
  return { state: 'done', raw: { enabled: key.id } };
}

async function permitAgain(
  api: KeyServiceApi,
  { inverse }: RevertOrder,
  { account }: SubjectState,
  context: CallContext,
): Promise<Reverted> {
  const before = Array.isArray(inverse['actions']) ? inverse['actions'].map(String) : [];
  const cut = before.filter((action) => action !== 'mint');
  const now = account.actions;
  const same = (left: readonly string[], right: readonly string[]): boolean =>
    [...left].sort().join(' ') === [...right].sort().join(' ');
  if (same(now, before)) return { state: 'already', raw: {} };
  if (!same(now, cut)) return { state: 'conflict', before, cut, now };
  await call('changes', context, () => api.setActions(account.name, before));
  return { state: 'done', raw: { actions: before } };
}
