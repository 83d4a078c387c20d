import type { Guarantee, Secret } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext, type Probed, type ProbeRequest } from '../contract.ts';
import type { PostgresTarget } from './target.ts';
import { endsSessions, isRevoked } from './cutting.ts';
import { failureOf } from './failures.ts';
import { quoted } from './quoting.ts';
import { findRole, type RoleState, textIn } from './roles.ts';
import { byWayOf, loginAs, open, Refusal, settle, Silence, type Session } from './session.ts';

/** One try: allowed, denied with what the server said, or nothing that can be called an answer. */
interface Tried {
  readonly observed: Probed['observed'];
  readonly error: string | null;
  /** This denial is one that the guarantee causes. */
  readonly expected: boolean;
}

const SILENT: Tried = { observed: 'no-answer', error: null, expected: false };
const ALLOWED: Tried = { observed: 'allowed', error: null, expected: false };

/**
 * A real login with the password, from where Firebreak runs; for G2 the session then tries to mint, in a transaction
 * that is rolled back. Beside it a login of the control, and the sessions that the server still knows.
 */
export async function probe(
  target: PostgresTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed> {
  const { guarantee, vantage, method, subject } = request;
  if (method !== 'secret') {
    throw new ConnectorFailure('refused', 'PostgreSQL lets a login be tried by its password alone');
  }
  const role = await lookAt(target, subject.identity, context);
  const [own, control] = await Promise.all([
    tryWith(target, request, role, context),
    tryControl(target, request, context),
  ]);
  const counts = endsSessions(guarantee) && request.sessions !== false;
  const verdict =
    own.observed === 'denied' && counts
      ? await besideSessions(target, own, subject.identity, context)
      : own;
  return { ...verdict, control, vantage, method };
}

/** Null where nobody answers; the other tries say so. */
async function lookAt(
  { database, profile }: PostgresTarget,
  name: string,
  context: CallContext,
): Promise<RoleState | null> {
  try {
    return await database.use(context, (session) => findRole(session, profile, name));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'refused') throw failure;
    return null;
  }
}

async function besideSessions(
  target: PostgresTarget,
  own: Tried,
  name: string,
  context: CallContext,
): Promise<Tried> {
  const role = await lookAt(target, name, context);
  if (role === null) return SILENT;
  if (role.sessions.length === 0) return own;
  return { ...ALLOWED, error: `${role.sessions.length} sessions are open` };
}

async function tryWith(
  target: PostgresTarget,
  request: ProbeRequest,
  role: RoleState | null,
  context: CallContext,
): Promise<Tried> {
  if (request.secret === undefined) {
    // Nobody gave it to us, so nothing is known: that is an answer, and no reason not to cut.
    return { ...SILENT, error: 'the password is not known, so it cannot be tried' };
  }
  const { access, profile } = target;
  const login = loginAs(access.url, request.subject.identity, request.secret);
  const url = placeOf(target, login, request.vantage);
  try {
    const link = await open(url, context);
    const release = link.adopt(context);
    try {
      if (request.guarantee !== 'G2') return ALLOWED;
      await settle(link, context);
      return await tryMinting(link, profile.powerful);
    } finally {
      release();
      await link.end();
    }
  } catch (error) {
    return judge(error, request.guarantee, role);
  }
}

function judge(error: unknown, guarantee: Guarantee, role: RoleState | null): Tried {
  if (error instanceof Silence) return { ...SILENT, error: error.message };
  if (!(error instanceof Refusal)) throw error;
  const said = `${error.code} ${error.message}`;
  if (!DENIALS.has(error.code)) return { ...SILENT, error: said };
  return { observed: 'denied', error: said, expected: isExpected(error, guarantee, role) };
}

/** No right (42501), no login (28000), wrong password (28P01), no place (53300). */
const DENIALS = new Set(['42501', '28000', '28P01', '53300']);

/**
 * A refusal by pg_hba.conf has the code of NOLOGIN, and a full server that of CONNECTION LIMIT: the function of the
 * server that refused tells them apart. What a stronger cut causes is as good.
 */
function isExpected(refusal: Refusal, guarantee: Guarantee, role: RoleState | null): boolean {
  if (role === null) return false;
  const revoked = isRevoked(role) && refusal.code === '28P01';
  if (guarantee === 'G5') return revoked;
  const isLogin = refusal.routine === 'InitializeSessionUserId';
  const suspended =
    (refusal.code === '28000' && isLogin && !role.canLogin) ||
    (refusal.code === '53300' && isLogin && role.connectionLimit === 0);
  return suspended || revoked || (guarantee === 'G2' && refusal.code === '42501');
}

const REACHABLE = `
select g.rolname::text as name from pg_roles g
where g.rolname <> session_user and pg_has_role(session_user, g.oid, 'MEMBER')
  and (g.rolsuper or g.rolcreaterole or g.rolcreatedb or g.rolreplication or g.rolname = any($1::text[]))
limit 20`;
const HANDS_ON = `
select from pg_auth_members m where m.admin_option and m.member = (select oid from pg_roles where rolname = session_user)
limit 1`;

/** Minting, taking on a role that may, handing a membership on: each tried or asked of the session itself. */
async function tryMinting(session: Session, powerful: readonly string[]): Promise<Tried> {
  const statements = [`create role ${quoted(PROBE_ROLE)} nologin`];
  for (const row of await session.run(REACHABLE, [powerful])) {
    statements.push(`set local role ${quoted(textIn(row, 'name'))}`);
  }
  let denial: Refusal | null = null;
  for (const statement of statements) {
    const refused = await refusalOf(session, statement);
    if (refused === null) return ALLOWED;
    denial ??= refused;
  }
  if ((await session.run(HANDS_ON)).length > 0) return ALLOWED;
  if (denial === null) return SILENT;
  const expected = denial.code === '42501';
  const error = `${denial.code} ${denial.message}`;
  return expected ? { observed: 'denied', error, expected } : { ...SILENT, error };
}

const PROBE_ROLE = 'firebreak probe: never there';

async function refusalOf(session: Session, statement: string): Promise<Refusal | null> {
  await session.run('begin');
  try {
    await session.run(statement);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  } finally {
    await session.run('rollback');
  }
}

function placeOf({ profile }: PostgresTarget, url: Secret, vantage: string): Secret {
  return vantage === 'inside' && profile.inside !== null ? byWayOf(url, profile.inside) : url;
}

export async function tryControl(
  target: PostgresTarget,
  { vantage }: ProbeRequest,
  context: CallContext,
): Promise<'works' | 'fails'> {
  const controlUrl = placeOf(target, target.access.controlUrl, vantage);
  try {
    const link = await open(controlUrl, context);
    const release = link.adopt(context);
    try {
      await link.run('select 1');
      return 'works';
    } finally {
      release();
      await link.end();
    }
  } catch (error) {
    if (error instanceof Silence || error instanceof Refusal) return 'fails';
    throw error;
  }
}
