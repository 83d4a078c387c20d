import { ConnectorFailure, type CallContext } from '../contract.ts';
import type { Reached, RedisProfile } from './access.ts';
import {
  listOf,
  LoginRefused,
  NoAnswer,
  textOf,
  within,
  withSession,
  type Endpoint,
  type Login,
  type RedisSession,
  type ServerFacts,
} from './client.ts';
import type { Catalogue } from './commands.ts';
import { grantOf, rightOf } from './rights.ts';
import { ErrorReply, type Command, type Reply } from './resp.ts';
import {
  readSessions,
  readUser,
  isOwnName,
  type RedisSessionFacts,
  type UserState,
} from './users.ts';

/** One session as Firebreak, whose answers are judged. */
export interface Acting {
  readonly server: ServerFacts;
  readonly account: string;
  readonly read: (commands: readonly Command[]) => Promise<readonly Reply[]>;
  /** All or nothing, once the server has them. */
  readonly change: (commands: readonly Command[]) => Promise<readonly Reply[]>;
  /** The answers as they are. */
  readonly tell: (commands: readonly Command[]) => Promise<readonly Reply[]>;
}

export interface RedisTarget {
  readonly profile: RedisProfile;
  readonly endpoint: Endpoint;
  readonly control: Login;
  readonly use: <Result>(
    context: CallContext,
    work: (acting: Acting) => Promise<Result>,
  ) => Promise<Result>;
}

/** The server is there and cannot do it now: nothing has happened. */
const PASSING = new Set(['LOADING', 'BUSY', 'MASTERDOWN', 'TRYAGAIN', 'OOM', 'NOREPLICAS']);
const HASH = /[0-9a-f]{64}/gu;

export function failureOf(reply: ErrorReply, command: Command, account: string): ConnectorFailure {
  // The server repeats words of the command, and one of them may be the hash of a password.
  const said = reply.text.replaceAll(HASH, '[hash]');
  if (PASSING.has(reply.code)) return new ConnectorFailure('transient', said);
  if (reply.code !== 'NOPERM') return new ConnectorFailure('refused', said);
  const grant = grantOf(account, rightOf(command));
  return new ConnectorFailure('refused', `${account} may not; run: ${grant}`, { grant });
}

function failureOfSilence(error: unknown, changes: boolean): unknown {
  if (error instanceof NoAnswer) {
    const harmless = !changes || !error.sent;
    return new ConnectorFailure(harmless ? 'transient' : 'unknown', error.message);
  }
  if (error instanceof LoginRefused) {
    const kind = PASSING.has(error.code) ? 'transient' : 'refused';
    return new ConnectorFailure(kind, `as Firebreak's own user, ${error.message}`);
  }
  return error;
}

export function openTarget({ endpoint, own, control, profile }: Reached): RedisTarget {
  return {
    profile,
    endpoint,
    control,
    use: async (context, work) => {
      // From the first change on, silence means that something may have happened.
      let changes = false;
      try {
        return await withSession(endpoint, own, within(context), (session) =>
          work(
            actingOn(session, own.user, () => {
              changes = true;
            }),
          ),
        );
      } catch (error) {
        throw failureOfSilence(error, changes);
      }
    },
  };
}

function actingOn(session: RedisSession, account: string, changing: () => void): Acting {
  const tell = (commands: readonly Command[]): Promise<readonly Reply[]> => {
    changing();
    return session.send(commands);
  };
  return {
    server: session.server,
    account,
    tell,
    read: async (commands) => {
      if (commands.length === 0) return [];
      return judged(commands, await session.send(commands), account);
    },
    change: async (commands) => {
      const all: readonly Command[] = [['MULTI'], ...commands, ['EXEC']];
      const replies = await tell(all);
      // A command that is refused while it is queued makes EXEC refuse them all.
      judged(all, replies, account);
      return judged(commands, listOf(replies.at(-1)), account);
    },
  };
}

export function judged(
  commands: readonly Command[],
  replies: readonly Reply[],
  account: string,
): readonly Reply[] {
  for (const [index, command] of commands.entries()) {
    const reply = replies[index];
    if (reply instanceof ErrorReply) throw failureOf(reply, command, account);
  }
  return replies;
}

export async function loadUsers(
  acting: Acting,
  names: readonly string[],
): Promise<readonly (UserState | null)[]> {
  const replies = await acting.read(names.map((name): Command => ['ACL', 'GETUSER', name]));
  return names.map((name, index) => readUser(name, replies[index]));
}

/** Every user, those that hold Firebreak's own markers apart. */
export async function loadAllUsers(
  acting: Acting,
): Promise<{ readonly users: readonly UserState[]; readonly own: readonly UserState[] }> {
  const [reply] = await acting.read([['ACL', 'USERS']]);
  const found = (await loadUsers(acting, listOf(reply).map(textOf))).filter(
    (user) => user !== null,
  );
  return {
    users: found.filter(({ name }) => !isOwnName(name)),
    own: found.filter(({ name }) => isOwnName(name)),
  };
}

/** What a category holds is fixed as long as a session lasts. */
const catalogues = new WeakMap<Acting, Promise<Catalogue>>();

export function loadCatalogue(acting: Acting): Promise<Catalogue> {
  const known = catalogues.get(acting) ?? readCatalogue(acting);
  catalogues.set(acting, known);
  return known;
}

async function readCatalogue(acting: Acting): Promise<Catalogue> {
  const [reply] = await acting.read([['ACL', 'CAT']]);
  const categories = listOf(reply).map(textOf);
  const members = await acting.read(categories.map((name): Command => ['ACL', 'CAT', name]));
  return new Map(categories.map((name, index) => [name, listOf(members[index]).map(textOf)]));
}

export async function loadSessions(
  acting: Acting,
  user: string | null,
): Promise<readonly RedisSessionFacts[]> {
  const [reply] = await acting.read([['CLIENT', 'LIST']]);
  return readSessions(reply).filter((each) => user === null || each.user === user);
}
