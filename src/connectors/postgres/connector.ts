import { digestOf, type Json, type JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  endedForGood,
  type Applied,
  type CallContext,
  type Connector,
  type CutOrder,
  type Prepared,
  type ReadBack,
} from '../contract.ts';
import type { PostgresAccess, PostgresProfile } from './access.ts';
import { change, endSessions, terminating, unended } from './changing.ts';
import {
  cutOf,
  endsSessions,
  guard,
  isBlocked,
  nowOf,
  revocation,
  revokesGroup,
  statementsFor,
  subjectOf,
} from './cutting.ts';
import { failureOf, isDenied } from './failures.ts';
import { captureEvidence, discover } from './looking.ts';
import { inventory } from './inventory.ts';
import { checkPrivileges } from './privileges.ts';
import { probe, tryControl } from './probing.ts';
import { capabilitiesOf, readProfile } from './profile.ts';
import { revert } from './reverting.ts';
import { markOf, recordOf, roleOf, type RoleState } from './roles.ts';
import { rotationOf } from './rotating.ts';
import { openDatabase, within, type Session } from './session.ts';
import { endSession, prepareSession, probeSession, sessionReadBack } from './sessions.ts';
import type { PostgresTarget } from './target.ts';

const PROFILE_TIMEOUT_MS = 5_000;

/** Asks the server what it is, then gives its connector. */
export async function connectPostgres(access: PostgresAccess): Promise<Connector> {
  const database = openDatabase(access.url);
  const context = within({ idempotencyKey: 'describe', timeoutMs: PROFILE_TIMEOUT_MS });
  try {
    const profile = await readProfile(database, access, context);
    return connectorOf({ access, profile, database });
  } catch (error) {
    await database.close();
    throw failureOf(error);
  }
}

function connectorOf(target: PostgresTarget): Connector {
  const { database, profile } = target;
  const capabilities = capabilitiesOf(profile);
  const use = async <Result>(
    context: CallContext,
    work: (session: Session, limited: CallContext) => Promise<Result>,
  ): Promise<Result> => {
    const limited = within(context);
    try {
      return await database.use(limited, (session) => work(session, limited));
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    describe: () => capabilities,
    discover: (scope, context) => use(context, (session) => discover(session, profile, scope)),
    captureEvidence: (subject, context) =>
      use(context, (session) => captureEvidence(session, profile, subject)),
    prepare: (order, context) =>
      use(context, (session) =>
        order.grain === 'session'
          ? prepareSession(session, profile, order)
          : prepare(session, profile, order, context),
      ),
    apply: (order, context) =>
      use(context, (session) =>
        (order.grain === 'session' ? endSession : apply)(session, profile, order),
      ),
    readBack: (order, context) => readBack(use, profile, order, context),
    probe: (request, context) =>
      request.subject.session === undefined
        ? probe(target, request, within(context))
        : probeSession(use, request, tryControl(target, request, within(context)), context),
    revert: (order, context) =>
      order.grain === 'session'
        ? endedForGood(order)
        : use(context, (session) => revert(session, profile, order)),
    inventory: (context) => inventory(target, within(context)),
    checkPrivileges: (context) => use(context, (session) => checkPrivileges(session, profile)),
    rotation: rotationOf(profile, use),
    close: database.close,
  };
}

async function prepare(
  session: Session,
  profile: PostgresProfile,
  order: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  const role = await roleOf(session, profile, subjectOf(order).identity);
  guard(role, order.guarantee, profile);
  const preImage: JsonObject = {
    role: recordOf(role),
    alreadyApplied: isBlocked(role, order),
  };
  if (order.guarantee === 'G5') return { preImage, inverse: null };
  const cut = cutOf(role, order.guarantee, profile, order.parameters);
  // Tells the removal of this cut's password from those of earlier ones.
  const token = digestOf({ role: role.name, key: context.idempotencyKey }).slice(-16);
  const inverse = { before: nowOf(role, cut), cut, mark: markOf(role.comment), token };
  return { preImage, inverse };
}

/**
 * Block new logins first, then end sessions, then read back. Every step looks before it acts, so a repeat does only
 * what is missing.
 */
async function apply(
  session: Session,
  profile: PostgresProfile,
  order: CutOrder,
): Promise<Applied> {
  const role = await roleOf(session, profile, subjectOf(order).identity);
  guard(role, order.guarantee, profile);
  const calls: Json[] = [];
  if (!isBlocked(role, order)) calls.push(await block(session, profile, order, role));
  let open: readonly number[] = [];
  if (endsSessions(order.guarantee)) {
    const before = (await roleOf(session, profile, role.name)).sessions;
    open = await endSessions(session, profile, role);
    if (before.length > 0) calls.push({ ended: before.length - open.length });
  }
  const after = await roleOf(session, profile, role.name);
  const raw: JsonObject = {
    calls,
    sessionsOpen: after.sessions.length,
    left: leftOf(after, order),
  };
  const blocked = isBlocked(after, order);
  if (blocked && open.length === 0) return { state: calls.length === 0 ? 'already' : 'done', raw };
  const notDone = [...(blocked ? [] : ['rights']), ...open.map((pid) => `session ${pid}`)];
  return { state: 'partial', raw, done: blocked ? ['rights'] : [], notDone, unknown: [] };
}

async function block(
  session: Session,
  profile: PostgresProfile,
  order: CutOrder,
  role: RoleState,
): Promise<JsonObject> {
  const statements =
    order.guarantee === 'G5'
      ? [revocation(role)]
      : statementsFor(role, cutOf(role, order.guarantee, profile, order.parameters));
  const ends = endsSessions(order.guarantee) || revokesGroup(statements);
  try {
    const blockers = await change(
      session,
      profile,
      role,
      statements,
      ends ? terminating(role) : '',
    );
    return {
      statements: statements.map(({ statement }) => statement),
      endedSessionsOfThoseWhoHeldItUp: [...blockers],
    };
  } catch (error) {
    throw isDenied(error) ? unended(error, profile, role.name, null) : error;
  }
}

/** What reducing a role cannot take from it, for whoever reads the record. */
function leftOf(role: RoleState, { guarantee }: CutOrder): readonly string[] {
  if (guarantee !== 'G2') return [];
  return [
    ...(role.superuser ? ['SUPERUSER'] : []),
    ...(role.replication ? ['REPLICATION'] : []),
    ...(role.bypassRls ? ['BYPASSRLS'] : []),
    'changing its own password',
    'grants on what it owns',
  ];
}

type Use = <Result>(
  context: CallContext,
  work: (session: Session) => Promise<Result>,
) => Promise<Result>;

async function readBack(
  use: Use,
  profile: PostgresProfile,
  order: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  let role: RoleState;
  try {
    if (order.grain === 'session')
      return await use(context, (session) => sessionReadBack(session, order));
    role = await use(context, (session) => roleOf(session, profile, subjectOf(order).identity));
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind !== 'transient') throw error;
    return { state: 'unknown', raw: { problem: error.message } };
  }
  const raw: JsonObject = { role: recordOf(role) };
  if (!isBlocked(role, order)) return { state: 'absent', raw };
  const open = endsSessions(order.guarantee) && role.sessions.length > 0;
  return { state: open ? 'partial' : 'applied', raw };
}
