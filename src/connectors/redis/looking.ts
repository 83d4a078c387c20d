import { toTimestamp, type Clock, type Json, type JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type CutSubject,
  type DiscoveredCredential,
  type DiscoveredIdentity,
  type DiscoveredSession,
  type Discovery,
  type EvidenceItem,
} from '../contract.ts';
import { listOf, pairsOf, textOf } from './client.ts';
import { allowedBy, wordsOf, type Catalogue } from './commands.ts';
import type { Reply } from './resp.ts';
import {
  loadAllUsers,
  loadCatalogue,
  loadSessions,
  loadUsers,
  type Acting,
  type RedisTarget,
} from './target.ts';
import {
  credentialRef,
  isOwnName,
  mintedName,
  permissionsJson,
  sessionRef,
  type RedisSessionFacts,
  type UserState,
} from './users.ts';

/** When a password was first seen: Redis does not keep when it was made. */
export interface FirstSeen {
  readonly of: (credential: string) => string;
  /** All of a user were looked at: what appears from now on is new. */
  readonly looked: (user: string, credentials: readonly string[]) => void;
  /** Every user was looked at: one that appears from now on is new. */
  readonly lookedAtAll: () => void;
}

const LONG_AGO = toTimestamp(0);

export function createFirstSeen(clock: Clock): FirstSeen {
  const users = new Set<string>();
  const seen = new Map<string, string>();
  let everyUser = false;
  return {
    of: (credential) => seen.get(credential) ?? LONG_AGO,
    looked: (user, credentials) => {
      const isNew = everyUser || users.has(user);
      const at = isNew ? toTimestamp(clock.nowMs()) : LONG_AGO;
      users.add(user);
      for (const each of credentials) if (!seen.has(each)) seen.set(each, at);
    },
    lookedAtAll: () => {
      everyUser = true;
    },
  };
}

/** Parts of a discovery that outlive one call. */
export interface Looking {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly firstSeen: FirstSeen;
}

/** Who may change users may give itself anything. */
const ADMINISTERS = 'acl|setuser';

function identityOf(user: UserState, catalogue: Catalogue): DiscoveredIdentity {
  const rules = [user.root, ...user.selectors];
  return {
    identity: user.name,
    kind: 'service-account',
    name: user.name,
    suspended: !user.on,
    administrator: rules.some(({ commands }) => allowedBy(commands, catalogue).has(ADMINISTERS)),
    groups: [],
    permissions: [
      ...wordsOf(user.root),
      ...user.selectors.map((each) => `(${wordsOf(each).join(' ')})`),
    ],
  };
}

export async function discover(
  looking: Looking,
  scope: { readonly identity?: string },
  context: CallContext,
): Promise<Discovery> {
  const { target, clock } = looking;
  return target.use(context, async (acting) => {
    const { users, sessions, minted } = await lookAt(acting, scope.identity ?? null);
    const catalogue = await loadCatalogue(acting);
    const credentials = users.flatMap((user) => credentialsOf(looking, user, minted));
    if (scope.identity === undefined) looking.firstSeen.lookedAtAll();
    return {
      identities: users.map((user) => identityOf(user, catalogue)),
      credentials,
      sessions: sessions.map((each) => sessionOf(target, users, each, clock.nowMs())),
    };
  });
}

interface Looked {
  readonly users: readonly UserState[];
  readonly sessions: readonly RedisSessionFacts[];
  readonly minted: ReadonlySet<string>;
}

export async function lookAt(acting: Acting, identity: string | null): Promise<Looked> {
  const { users, own } = await loadAllUsers(acting);
  const chosen = users.filter(({ name }) => identity === null || name === identity);
  const names = new Set(chosen.map(({ name }) => name));
  return {
    users: chosen,
    sessions: (await loadSessions(acting, identity)).filter(({ user }) => names.has(user)),
    minted: new Set(own.map(({ name }) => name)),
  };
}

function credentialsOf(
  { target, firstSeen }: Looking,
  user: UserState,
  minted: ReadonlySet<string>,
): readonly DiscoveredCredential[] {
  const { target: name, account } = target.profile;
  const refs = user.hashes.map((hash) => credentialRef(name, user.name, hash));
  firstSeen.looked(user.name, refs);
  return refs.map((credential) => ({
    credential,
    identity: user.name,
    kind: 'password',
    issuedAt: firstSeen.of(credential),
    expiresAt: null,
    lastUsedAt: null,
    enabled: user.on,
    mintedBy: minted.has(mintedName(credential)) ? account : null,
    scopes: wordsOf(user.root),
  }));
}

/** A user with one password leaves no doubt which one a session used. */
function sessionOf(
  { profile }: RedisTarget,
  users: readonly UserState[],
  each: RedisSessionFacts,
  nowMs: number,
): DiscoveredSession {
  const user = users.find(({ name }) => name === each.user);
  const [only, ...others] = user?.nopass === true ? [] : (user?.hashes ?? []);
  return {
    session: sessionRef(each),
    identity: each.user,
    credential:
      only === undefined || others.length > 0
        ? null
        : credentialRef(profile.target, each.user, only),
    since: toTimestamp(nowMs - each.ageSeconds * 1_000),
    facts: { address: each.address, name: each.name, lastCommand: each.command },
  };
}

const ACTIVITY_ENTRIES_MAX = 128;

/** What is missing is evidence too; only a server that does not answer at all stops the capture. */
export async function captureEvidence(
  { target }: Looking,
  subject: CutSubject,
  context: CallContext,
): Promise<readonly EvidenceItem[]> {
  return target.use(context, async (acting) => {
    const { identity } = subject;
    const about = (pick: (user: UserState) => Json) => async (): Promise<Json> => {
      const [user = null] = await loadUsers(acting, isOwnName(identity) ? [] : [identity]);
      if (user === null) throw new ConnectorFailure('refused', 'the server has no such user');
      return pick(user);
    };
    const { target: name } = target.profile;
    return [
      await item('sessions', async () =>
        (await loadSessions(acting, identity)).map((each) => ({ ...each })),
      ),
      await item('permissions', about(permissionsJson)),
      await item(
        'configuration',
        about((user) => ({
          on: user.on,
          nopass: user.nopass,
          keys: user.root.keys,
          channels: user.root.channels,
          credentials: user.hashes.map((hash) => credentialRef(name, identity, hash)),
        })),
      ),
      await item('recent-activity', () => refusedActs(acting, identity)),
    ];
  });
}

async function item(name: string, read: () => Promise<Json>): Promise<EvidenceItem> {
  try {
    return { name, content: await read() };
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind !== 'refused') throw error;
    return { name, content: null, missing: error.message };
  }
}

const LOG_FACTS = ['count', 'reason', 'context', 'object', 'age-seconds', 'client-info'] as const;

/** ACL LOG holds what was refused; what was let in is not kept by Redis. */
async function refusedActs(acting: Acting, identity: string): Promise<Json> {
  const [reply] = await acting.read([['ACL', 'LOG', String(ACTIVITY_ENTRIES_MAX)]]);
  return listOf(reply)
    .map((entry) => pairsOf(entry))
    .filter((entry) => textOf(entry.get('username')) === identity)
    .map((entry) => factsOf(entry));
}

function factsOf(entry: ReadonlyMap<string, Reply>): JsonObject {
  return Object.fromEntries(
    LOG_FACTS.map((name) => {
      const value = entry.get(name);
      return [name, typeof value === 'number' ? value : textOf(value)];
    }),
  );
}
