import type { Json, JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type CutSubject,
  type Reverted,
  type RevertOrder,
} from '../contract.ts';
import { credentialsOf } from './looking.ts';
import { stateOf, type WorldTarget } from './target.ts';
import { bodyFor, CUT_RULES, same, scopeOf, valueOf } from './cutting.ts';
import { textsIn } from './profile.ts';

/**
 * Against the current state: what the cut made is put back to what was before; what somebody else made of it meanwhile
 * is a conflict. A leaked credential that the cut killed (G3, G4) is killed by other means before the cut is lifted,
 * unless it is to be rearmed.
 */
export async function revert(
  target: WorldTarget,
  order: RevertOrder,
  context: CallContext,
): Promise<Reverted> {
  const { guarantee } = order;
  const { lift } = CUT_RULES[guarantee];
  if (lift === null) throw new ConnectorFailure('refused', 'a revoked credential stays revoked');
  const scope = scopeOf(order, target.profile);
  const { before = null, cut = null } = order.inverse;
  const now = valueOf(guarantee, await stateOf(target, scope, context));
  const keepDead = !order.rearmCredential && (guarantee === 'G3' || guarantee === 'G4');
  const conflict: Reverted = { state: 'conflict', before, cut, now };
  if (keepDead && guarantee === 'G4' && scope.credential !== undefined) {
    // The cut is the credential's own death, so there is nothing else to give back.
    return same(now, false) ? { state: 'already', raw: { keptDead: scope.credential } } : conflict;
  }
  const lifted = same(now, before);
  if (!lifted && !same(now, cut)) return conflict;
  const calls: Json[] = keepDead ? [...(await kill(target, order, scope, context))] : [];
  if (!lifted) {
    const body = bodyFor(guarantee, scope, before);
    const key = `${context.idempotencyKey}:${lift}`;
    calls.push({ verb: lift, answer: await target.change(lift, body, key, context) });
  }
  return { state: calls.length === 0 ? 'already' : 'done', raw: { calls } };
}

/** One leaked credential is disabled where the target can; else all secrets of the identity are replaced. */
async function kill(
  target: WorldTarget,
  order: RevertOrder,
  scope: CutSubject,
  context: CallContext,
): Promise<readonly JsonObject[]> {
  const { identity, credential } = order.subject;
  if (credential !== undefined && target.profile.grain === 'credential') {
    const leaked = { identity, credential };
    const { enabled, revoked } = await stateOf(target, leaked, context);
    if (!enabled || revoked) return [];
    const key = `${context.idempotencyKey}:disable`;
    return [{ verb: 'disable', answer: await target.change('disable', leaked, key, context) }];
  }
  const old = textsIn(order.preImage, 'credentials');
  const live = await credentialsOf(target, { identity: scope.identity }, context);
  if (!live.some((each) => old.includes(each))) return [];
  const key = `${context.idempotencyKey}:rotate`;
  return [{ verb: 'rotate', answer: await target.change('rotate', { identity }, key, context) }];
}
