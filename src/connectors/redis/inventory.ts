import { toTimestamp, type JsonObject } from '../../kernel/index.ts';
import type { CallContext } from '../contract.ts';
import { wordsOf } from './commands.ts';
import { credentialsOf } from './cutting.ts';
import { lookAt, type Looking } from './looking.ts';
import { credentialRef, type RedisSessionFacts, type UserState } from './users.ts';

/** Everything as lines of Firebreak's inventory. */
export async function* inventory(
  looking: Looking,
  context: CallContext,
): AsyncGenerator<JsonObject> {
  const { target, clock, firstSeen } = looking;
  const { target: name } = target.profile;
  const { users, sessions } = await target.use(context, (acting) => lookAt(acting, null));
  const observedAt = toTimestamp(clock.nowMs());
  for (const user of users) firstSeen.looked(user.name, credentialsOf(name, user));
  firstSeen.lookedAtAll();
  for (const user of users) {
    const ref = `${name}:identity:${user.name}`;
    yield {
      type: 'identity',
      kind: 'service-account',
      name: user.name,
      target: name,
      refs: [ref],
      observedAt,
    };
    const isUsed = sessions.some((each) => each.user === user.name);
    const only = user.hashes.length === 1 && !user.nopass;
    for (const hash of user.hashes) {
      yield {
        type: 'credential',
        identity: ref,
        kind: 'password',
        refs: [`${name}:credential:${credentialRef(name, user.name, hash)}`],
        scopes: wordsOf(user.root).slice(0, SCOPES_MAX),
        ...(isUsed && only ? { lastUsedAt: observedAt, lastUsedBasis: 'observed' } : {}),
        observedAt,
      };
    }
    yield* reachOf(name, user, observedAt);
    if (only) yield* consumersOf(name, user, sessions, observedAt);
  }
}

/** Whoever was seen at work with a password that only one can be. */
function* consumersOf(
  target: string,
  user: UserState,
  sessions: readonly RedisSessionFacts[],
  observedAt: string,
): Generator<JsonObject> {
  const [hash = ''] = user.hashes;
  const own = sessions.filter((each) => each.user === user.name);
  const programs = own
    .filter(({ name }) => !name.startsWith('firebreak'))
    .map(({ name, address }) => `${name || 'unnamed'} at ${address.replace(/:\d+$/u, '')}`);
  for (const program of new Set(programs)) {
    const ref = `${target}:consumer:${program}`;
    yield { type: 'workload', name: program, refs: [ref], observedAt, source: 'observed' };
    yield {
      type: 'edge',
      from: ref,
      relation: 'uses',
      to: `${target}:credential:${credentialRef(target, user.name, hash)}`,
      basis: 'observed',
      observedAt,
      source: 'observed',
    };
  }
}

const SCOPES_MAX = 100;
const PATTERNS_MAX = 100;

/** Each pattern of keys is a resource that the user reaches. */
function* reachOf(target: string, user: UserState, observedAt: string): Generator<JsonObject> {
  const patterns = [user.root, ...user.selectors].flatMap(({ keys }) =>
    keys.split(' ').filter((each) => each !== ''),
  );
  for (const pattern of [...new Set(patterns)].slice(0, PATTERNS_MAX)) {
    const ref = `${target}:keys:${pattern}`;
    yield { type: 'resource', name: `${target} ${pattern}`, refs: [ref], observedAt };
    yield {
      type: 'edge',
      from: `${target}:identity:${user.name}`,
      relation: 'reaches',
      to: ref,
      basis: 'declared',
      observedAt,
    };
  }
}
