import { sha256, type JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Minted,
  type MintOrder,
  type ObservedUse,
  type Retired,
  type RetireOrder,
  type Rotation,
  type UseQuery,
} from '../contract.ts';
import type { PostgresProfile } from './access.ts';
import { change } from './changing.ts';
import { guard, isRevoked, type Planned } from './cutting.ts';
import { credentialRef, instant } from './looking.ts';
import { literal, quoted, verifierOf } from './quoting.ts';
import { findRole, marked, markOf, roleOf, textIn, type RoleState } from './roles.ts';
import type { Session } from './session.ts';

type Use = <Result>(
  context: CallContext,
  work: (session: Session) => Promise<Result>,
) => Promise<Result>;

/** A role has one password: either a second role takes its place, or the change of password is a break. */
export function rotationOf(profile: PostgresProfile, use: Use): Rotation {
  const twin = profile.rotation === 'twin';
  return {
    overlap: twin ? 'twin' : 'none',
    secretFrom: 'caller',
    mint: (order, context) =>
      use(context, (session) =>
        twin ? mintTwin(session, profile, order) : mintPassword(session, profile, order),
      ),
    retire: (order, context) => use(context, (session) => retire(session, profile, order)),
    uses: (query, context) => use(context, (session) => usesOf(session, profile, query)),
    ...(twin
      ? { revive: (order, context) => use(context, (session) => revive(session, profile, order)) }
      : {}),
  };
}

const LABEL_FORM = /^[\w.-]{1,40}$/u;
const NAME_BYTES_MAX = 63;
const DIGEST_LENGTH = 10;

/** Always the same name for the same order, and short enough for the server. */
export function twinName(role: string, label: string): string {
  const name = `${role}_${label}`;
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const tail = `_${sha256(name).toString('hex').slice(0, DIGEST_LENGTH)}`;
  let head = role;
  // Never through the middle of a character.
  while (Buffer.byteLength(head) > NAME_BYTES_MAX - tail.length || !head.isWellFormed()) {
    head = head.slice(0, -1);
  }
  return `${head}${tail}`;
}

function secretOf({ secret, label }: MintOrder): string {
  if (!LABEL_FORM.test(label)) {
    throw new ConnectorFailure('refused', 'a label has 1 to 40 letters, digits, points or dashes');
  }
  if (secret === undefined) {
    throw new ConnectorFailure('refused', 'the caller chooses the password of a role');
  }
  return secret;
}

function comment(name: string, text: string): Planned {
  return { statement: `COMMENT ON ROLE ${quoted(name)} IS ${literal(text)}`, group: null };
}

const TWIN_MARK = /^twin of (.*) [^ ]+$/u;

/** The twin of a twin is one of the first role: that one owns everything. Believed only if the membership says so too. */
async function firstOf(
  session: Session,
  profile: PostgresProfile,
  role: RoleState,
): Promise<RoleState> {
  const [, first = ''] = TWIN_MARK.exec(markOf(role.comment) ?? '') ?? [];
  if (!role.memberships.some(({ group }) => group === first)) return role;
  return (await findRole(session, profile, first)) ?? role;
}

/**
 * The twin acts as the old role from its first statement on, so that what it makes belongs to the old role. Settings of
 * the old role are not copied: the suspect may have set them itself.
 */
async function mintTwin(
  session: Session,
  profile: PostgresProfile,
  order: MintOrder,
): Promise<Minted> {
  const secret = secretOf(order);
  const replaced = await roleOf(session, profile, order.subject.identity);
  guard(replaced, 'G4', profile);
  const old = await firstOf(session, profile, replaced);
  guard(old, 'G4', profile);
  const name = twinName(old.name, order.label);
  const mark = `twin of ${old.name} ${order.label}`.replaceAll('\n', ' ');
  const [there, verifier] = [await findRole(session, profile, name), verifierOf(name, secret)];
  if (there !== null && markOf(there.comment) !== mark) {
    throw new ConnectorFailure('refused', `there is a role ${name} already that is not this twin`);
  }
  const password = `PASSWORD ${literal(verifier)}`;
  const limit = old.connectionLimit > 0 ? ` CONNECTION LIMIT ${old.connectionLimit}` : '';
  const [to, from] = [quoted(name), quoted(old.name)];
  const statements: readonly Planned[] =
    there === null
      ? [
          { statement: `CREATE ROLE ${to} LOGIN ${password}${limit}`, group: null },
          { statement: `GRANT ${from} TO ${to}`, group: old.name },
          { statement: `ALTER ROLE ${to} SET role = ${literal(old.name)}`, group: null },
          comment(name, marked('', mark)),
        ]
      : [{ statement: `ALTER ROLE ${to} ${password}`, group: null }];
  await change(session, profile, { name }, statements);
  return minted(there === null ? 'done' : 'already', name, secret, { twinOf: old.name });
}

async function mintPassword(
  session: Session,
  profile: PostgresProfile,
  order: MintOrder,
): Promise<Minted> {
  const secret = secretOf(order);
  const role = await roleOf(session, profile, order.subject.identity);
  guard(role, 'G4', profile);
  if (isRevoked(role)) {
    const problem = `${role.name} is revoked for good; let a twin take its place (rotation: twin)`;
    throw new ConnectorFailure('refused', problem);
  }
  const mark = `renewed ${order.label}`;
  const already = markOf(role.comment) === mark;
  const password = `PASSWORD ${literal(verifierOf(role.name, secret))}`;
  await change(session, profile, role, [
    { statement: `ALTER ROLE ${quoted(role.name)} ${password}`, group: null },
    ...(already ? [] : [comment(role.name, marked(role.comment, mark))]),
  ]);
  return minted(already ? 'already' : 'done', role.name, secret, {});
}

function minted(state: Minted['state'], name: string, secret: string, raw: JsonObject): Minted {
  return { state, subject: { identity: name, credential: credentialRef(name) }, secret, raw };
}

async function pairOf(
  session: Session,
  profile: PostgresProfile,
  order: RetireOrder,
): Promise<{ readonly old: RoleState; readonly next: RoleState }> {
  const old = await roleOf(session, profile, order.subject.identity);
  const next = await roleOf(session, profile, order.replacement.identity);
  return { old, next };
}

/** The old role stays: it owns what the twin works with. */
async function retire(
  session: Session,
  profile: PostgresProfile,
  order: RetireOrder,
): Promise<Retired> {
  const { old, next } = await pairOf(session, profile, order);
  if (profile.rotation === 'password') {
    if (markOf(old.comment)?.startsWith('renewed ') === true) return { state: 'already', raw: {} };
    throw new ConnectorFailure('refused', `the password of ${old.name} was not renewed`);
  }
  guard(old, 'G4', profile);
  const first = await firstOf(session, profile, old);
  const isTwin = next.memberships.some(({ group }) => group === old.name || group === first.name);
  if (!next.canLogin || !isTwin) {
    throw new ConnectorFailure('refused', `${next.name} cannot take the place of ${old.name}`);
  }
  return await setLogin(session, profile, old, false);
}

async function revive(
  session: Session,
  profile: PostgresProfile,
  order: RetireOrder,
): Promise<Retired> {
  const { old } = await pairOf(session, profile, order);
  if (isRevoked(old)) {
    throw new ConnectorFailure('refused', 'a revoked credential stays revoked');
  }
  return await setLogin(session, profile, old, true);
}

async function setLogin(
  session: Session,
  profile: PostgresProfile,
  role: RoleState,
  on: boolean,
): Promise<Retired> {
  if (role.canLogin === on) return { state: 'already', raw: {} };
  const statement = `ALTER ROLE ${quoted(role.name)} ${on ? 'LOGIN' : 'NOLOGIN'}`;
  await change(session, profile, role, [{ statement, group: null }]);
  return { state: 'done', raw: { statement } };
}

/**
 * What a session does is a use of the role it logged in as. Where old and new password belong to one role, only its
 * login says which of them it knew.
 */
async function usesOf(
  session: Session,
  { rotation }: PostgresProfile,
  { subjects, since }: UseQuery,
): Promise<readonly ObservedUse[]> {
  const last =
    rotation === 'twin' ? 'greatest(a.backend_start, a.state_change)' : 'a.backend_start';
  const rows = await session.run(
    `select r.rolname::text as role, nullif(a.application_name, '') as program, ${instant(`max(${last})`)} as last_at
    from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where r.rolname = any($1::text[]) and a.pid <> pg_backend_pid()
    group by 1, 2 having max(${last}) >= $2::timestamptz order by 1, 2`,
    [subjects.map(({ identity }) => identity), since],
  );
  return rows.map((row) => ({
    subject: { identity: textIn(row, 'role'), credential: credentialRef(textIn(row, 'role')) },
    consumer: textIn(row, 'program') || null,
    lastAt: textIn(row, 'last_at'),
  }));
}
