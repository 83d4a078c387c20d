import { hash } from 'node:crypto';
import {
  ConnectorFailure,
  type CallContext,
  type Minted,
  type MintOrder,
  type Retired,
  type RetireOrder,
  type Rotation,
} from '../contract.ts';
import { parking, refuseProtected, stateOf } from './cutting.ts';
import type { Command } from './resp.ts';
import { saveUsers } from './saving.ts';
import type { Acting, RedisTarget } from './target.ts';
import { credentialRef, mintedName, parkedName } from './users.ts';
import { usesOf } from './uses.ts';

const SECRET_LENGTH_LEAST = 16;

export function refuse(problem: string): never {
  throw new ConnectorFailure('refused', problem);
}

export function chosenSecret(secret: string | undefined): string {
  if (secret !== undefined && secret.length >= SECRET_LENGTH_LEAST) return secret;
  return refuse(`the caller chooses the secret, of at least ${SECRET_LENGTH_LEAST} characters`);
}

/** A user has any number of passwords, so the old and the new one are both good until the old one is retired. */
export function passwordsOf(target: RedisTarget, nowMs: () => number): Rotation {
  return {
    overlap: 'native',
    secretFrom: 'caller',
    // A session of a user with two passwords may be of either: it never counts for the new one.
    uses: (query, context) => usesOf(target, nowMs, query, context),
    unseen: 'Redis does not say which password of a user a session knew',
    mint: (order, context) => mint(target, order, context),
    retire: (order, context) => retire(target, order, context),
    revive: (order, context) => revive(target, order, context),
  };
}

export async function carryOut(
  acting: Acting,
  { profile }: RedisTarget,
  commands: readonly Command[],
): Promise<'done' | 'already'> {
  if (commands.length > 0) await acting.change(commands);
  const unsaved = await saveUsers(acting, profile);
  if (unsaved !== null) refuse(unsaved);
  return commands.length === 0 ? 'already' : 'done';
}

/** Its hash is sent, never the secret itself. */
async function mint(
  target: RedisTarget,
  { subject, secret: given }: MintOrder,
  context: CallContext,
): Promise<Minted> {
  const { identity } = subject;
  refuseProtected(identity, target.profile);
  const secret = chosenSecret(given);
  const digest = hash('sha256', secret);
  const credential = credentialRef(target.profile.target, identity, digest);
  return target.use(context, async (acting) => {
    const { active, parked, user } = await stateOf(acting, target.profile.target, {
      identity,
      credential,
    });
    if (parked !== null) refuse('this password was taken away before; choose another one');
    if (user.nopass) refuse(`${identity} is let in with any password; run: ACL SETUSER resetpass`);
    const add: readonly Command[] =
      active === null
        ? [
            ['ACL', 'SETUSER', mintedName(credential), 'reset'],
            ['ACL', 'SETUSER', identity, `#${digest}`],
          ]
        : [];
    const state = await carryOut(acting, target, add);
    return { state, subject: { identity, credential }, secret, raw: { credential } };
  });
}

interface Pair {
  readonly identity: string;
  readonly credential: string;
  readonly next: string;
}

function pairOf({ subject, replacement }: RetireOrder, target: RedisTarget): Pair {
  const { identity, credential } = subject;
  refuseProtected(identity, target.profile);
  const next = replacement.credential;
  if (credential === undefined || next === undefined || replacement.identity !== identity) {
    return refuse('both are passwords of one user, each named');
  }
  if (credential === next) refuse('a password does not replace itself');
  return { identity, credential, next };
}

async function retire(
  target: RedisTarget,
  order: RetireOrder,
  context: CallContext,
): Promise<Retired> {
  const { identity, credential, next } = pairOf(order, target);
  const { target: name } = target.profile;
  return target.use(context, async (acting) => {
    const state = await stateOf(acting, name, { identity, credential });
    const isThere = state.user.hashes.some((hash) => credentialRef(name, identity, hash) === next);
    if (!isThere || !state.user.on) refuse('the replacement cannot be used, so the old one stays');
    const { active } = state;
    const drop: readonly Command[] =
      active === null
        ? []
        : [
            ['ACL', 'SETUSER', identity, `!${active}`],
            parking(credential, active),
            ['ACL', 'DELUSER', mintedName(credential)],
          ];
    return { state: await carryOut(acting, target, drop), raw: { retired: credential } };
  });
}

async function revive(
  target: RedisTarget,
  order: RetireOrder,
  context: CallContext,
): Promise<Retired> {
  const { identity, credential } = pairOf(order, target);
  return target.use(context, async (acting) => {
    const { active, parked } = await stateOf(acting, target.profile.target, {
      identity,
      credential,
    });
    if (active === null && parked === null) refuse('the old password is gone for good');
    const back: readonly Command[] =
      active === null && parked !== null
        ? [
            ['ACL', 'SETUSER', identity, `#${parked}`],
            ['ACL', 'DELUSER', parkedName(credential)],
          ]
        : [];
    return { state: await carryOut(acting, target, back), raw: { revived: credential } };
  });
}
