import { hash } from 'node:crypto';
import type {
  CallContext,
  Minted,
  MintOrder,
  Retired,
  RetireOrder,
  Rotation,
} from '../contract.ts';
import { selectorWord, wordsOf } from './commands.ts';
import { refuseProtected, stateOf } from './cutting.ts';
import { carryOut, chosenSecret, refuse } from './rotating.ts';
import { loadAllUsers, loadUsers, type Acting, type RedisTarget } from './target.ts';
import { credentialRef, mintedName, OWN_PREFIX, type UserState } from './users.ts';
import { usesOf } from './uses.ts';

/**
 * A second user takes the place of the first, with what the first may do at that moment. A session names its user and
 * never its password: only so does the server say who has taken the new one.
 */
export function twinsOf(target: RedisTarget, nowMs: () => number): Rotation {
  return {
    overlap: 'twin',
    secretFrom: 'caller',
    mint: (order, context) => mint(target, order, context),
    retire: (order, context) => retire(target, order, context),
    revive: (order, context) => switchLogin(target, order, 'on', context),
    uses: (query, context) => usesOf(target, nowMs, query, context),
  };
}

const TWIN_PREFIX = `${OWN_PREFIX}twin:`;
const LABEL_FORM = /^[\w.-]{1,40}$/u;

/** Says whose twin it is: the twin of a twin is named after the first. */
const twinMarker = (first: string, credential: string): string =>
  `${TWIN_PREFIX}${first}:${credential}`;

function firstOf(target: string, user: UserState, own: readonly UserState[]): string {
  for (const digest of user.hashes) {
    const tail = `:${credentialRef(target, user.name, digest)}`;
    const marker = own.find(({ name }) => name.startsWith(TWIN_PREFIX) && name.endsWith(tail));
    if (marker !== undefined) return marker.name.slice(TWIN_PREFIX.length, -tail.length);
  }
  return user.name;
}

/** The hash of the secret is sent, never the secret itself. */
async function mint(target: RedisTarget, order: MintOrder, context: CallContext): Promise<Minted> {
  const { identity } = order.subject;
  refuseProtected(identity, target.profile);
  if (!LABEL_FORM.test(order.label)) {
    refuse('a label has 1 to 40 letters, digits, points or dashes');
  }
  const secret = chosenSecret(order.secret);
  const digest = hash('sha256', secret);
  const { target: system } = target.profile;
  return target.use(context, async (acting) => {
    const { user } = await stateOf(acting, system, { identity, credential: null });
    const { users, own } = await loadAllUsers(acting);
    const first = firstOf(system, user, own);
    const name = `${first}-${order.label}`;
    const credential = credentialRef(system, name, digest);
    const there = users.find((one) => one.name === name);
    const isOurs = own.some((one) => one.name === twinMarker(first, credential));
    if (there !== undefined && !(isOurs && there.hashes.includes(digest))) {
      refuse(`there is a user ${name} already that is not this twin`);
    }
    const state = await carryOut(
      acting,
      target,
      there !== undefined
        ? []
        : [
            ['ACL', 'SETUSER', twinMarker(first, credential), 'reset'],
            ['ACL', 'SETUSER', mintedName(credential), 'reset'],
            ['ACL', 'SETUSER', name, 'reset', 'on', `#${digest}`, ...rulesOf(user)],
          ],
    );
    return { state, subject: { identity: name, credential }, secret, raw: { twinOf: first } };
  });
}

function rulesOf({ root, selectors }: UserState): readonly string[] {
  const own = ['resetkeys', 'resetchannels', 'nocommands', ...wordsOf(root)];
  return [...own, ...selectors.map((rules) => selectorWord(rules, []))];
}

async function retire(
  target: RedisTarget,
  order: RetireOrder,
  context: CallContext,
): Promise<Retired> {
  await target.use(context, (acting) => mustBeUsable(acting, order));
  return await switchLogin(target, order, 'off', context);
}

async function mustBeUsable(acting: Acting, { subject, replacement }: RetireOrder): Promise<void> {
  const [next = null] = await loadUsers(acting, [replacement.identity]);
  if (replacement.identity === subject.identity) refuse('a user does not replace itself');
  if (next?.on !== true || next.hashes.length === 0) {
    refuse(`${replacement.identity} cannot log in, so ${subject.identity} stays`);
  }
}

/** `off` keeps the sessions that are open: those are a matter of the cuts. */
async function switchLogin(
  target: RedisTarget,
  { subject: { identity } }: RetireOrder,
  to: 'on' | 'off',
  context: CallContext,
): Promise<Retired> {
  refuseProtected(identity, target.profile);
  return await target.use(context, async (acting) => {
    const [user = null] = await loadUsers(acting, [identity]);
    if (user === null) refuse(`${target.profile.target} does not know the subject`);
    if (to === 'on' && user.hashes.length === 0 && !user.nopass) {
      refuse('a revoked credential stays revoked');
    }
    const isSo = user.on === (to === 'on');
    const state = await carryOut(acting, target, isSo ? [] : [['ACL', 'SETUSER', identity, to]]);
    return { state, raw: { [to]: identity } };
  });
}
