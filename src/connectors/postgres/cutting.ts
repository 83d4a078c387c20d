import { canonicalJson, type Guarantee, type Json, type JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure, type CutOrder, type CutSubject } from '../contract.ts';
import type { PostgresProfile } from './access.ts';
import { quoted } from './quoting.ts';
import { type Membership, type RoleState, textsIn } from './roles.ts';

/** What a role is refused as the subject of a cut for, so that no cut takes the target's last way in. */
export function guard(role: RoleState, guarantee: Guarantee, profile: PostgresProfile): void {
  const { target, account, control } = profile;
  const refuse = (why: string): never => {
    throw new ConnectorFailure('refused', `${why}; cutting it is carried out by hand`);
  };
  if (role.name === account) refuse(`Firebreak acts as ${account} on ${target}`);
  if (role.name === control) refuse(`${control} is the control of every probe on ${target}`);
  if (role.name.startsWith('pg_')) refuse(`${role.name} belongs to the server`);
  if (!role.superuser || guarantee === 'G2') return;
  if (role.oid === '10') refuse(`${role.name} is the superuser that owns the server`);
  if (role.otherSuperusers === 0) refuse(`${role.name} is the last superuser that can log in`);
}

/** PostgreSQL knows one password for each role, so every cut is one of the role. */
export function subjectOf(order: Pick<CutOrder, 'subject' | 'grain'>): CutSubject {
  if (order.grain === 'identity') return { identity: order.subject.identity };
  throw new ConnectorFailure('refused', 'a role has one password; cut the identity');
}

/** What each guarantee changes, before and after; the one form for inverse, comparison and conflict. */
export type Change = JsonObject;

function membershipJson(one: Membership | undefined, admin: boolean): Json {
  if (one === undefined) return null;
  return { admin, inherit: one.inherit, set: one.set };
}

/** Groups that G2 takes away beside those that lead to power. */
export function listedGroups(parameters: JsonObject): readonly string[] {
  return textsIn(parameters['groups']);
}

function losesGroup(one: Membership, listed: readonly string[]): boolean {
  return one.leadsTo.length > 0 || listed.includes(one.group);
}

/** What of power the role has now. Nothing of it left is what G2 means. */
export function powersOf(role: RoleState, parameters: JsonObject): Change {
  const listed = listedGroups(parameters);
  const taken = role.memberships.filter((one) => one.admin || losesGroup(one, listed));
  return {
    ...(role.createRole ? { createRole: true } : {}),
    ...(role.createDb ? { createDb: true } : {}),
    ...(taken.length === 0
      ? {}
      : {
          memberships: Object.fromEntries(
            taken.map((one) => [one.group, membershipJson(one, one.admin)]),
          ),
        }),
  };
}

function groupsIn(change: Change): Readonly<Record<string, Json | undefined>> {
  const value = change['memberships'];
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same parts of the role, as they are now. */
export function nowOf(role: RoleState, like: Change): Change {
  const now: Record<string, Json> = {};
  for (const part of Object.keys(like)) {
    if (part === 'memberships') {
      const groups = Object.keys(groupsIn(like)).map((group) => {
        const found = role.memberships.find((one) => one.group === group);
        return [group, membershipJson(found, found?.admin === true)] as const;
      });
      now[part] = Object.fromEntries(groups);
    } else if (part === 'createRole') now[part] = role.createRole;
    else if (part === 'createDb') now[part] = role.createDb;
    else if (part === 'login') now[part] = role.canLogin;
    else if (part === 'connectionLimit') now[part] = role.connectionLimit;
  }
  return now;
}

/** What the cut makes of it. INVARIANT: a cut only ever takes away. */
export function cutOf(
  role: RoleState,
  guarantee: Guarantee,
  profile: PostgresProfile,
  parameters: JsonObject,
): Change {
  switch (guarantee) {
    case 'G2':
      return cutPowers(role, parameters);
    case 'G4':
      return profile.suspension === 'nologin' ? { login: false } : { connectionLimit: 0 };
    case 'G1':
    case 'G3':
    case 'G5':
      throw new ConnectorFailure('refused', `PostgreSQL has no way back from or to ${guarantee}`);
  }
}

function cutPowers(role: RoleState, parameters: JsonObject): Change {
  const listed = listedGroups(parameters);
  const { memberships: _, ...powers } = powersOf(role, parameters);
  const groups = role.memberships
    .filter((one) => one.admin || losesGroup(one, listed))
    .map(
      (one) => [one.group, losesGroup(one, listed) ? null : membershipJson(one, false)] as const,
    );
  return {
    ...Object.fromEntries(Object.keys(powers).map((power) => [power, false])),
    ...(groups.length === 0 ? {} : { memberships: Object.fromEntries(groups) }),
  };
}

/** Dead by one statement; its end of validity can be read back by everybody, its password by superusers alone. */
export function isRevoked(role: RoleState): boolean {
  return !role.canLogin && role.validUntil === '-infinity';
}

export function isBlocked(
  role: RoleState,
  order: Pick<CutOrder, 'guarantee' | 'parameters'>,
): boolean {
  switch (order.guarantee) {
    case 'G2':
      return Object.keys(powersOf(role, order.parameters)).length === 0;
    case 'G4':
      return !role.canLogin || role.connectionLimit === 0;
    case 'G5':
      return isRevoked(role);
    case 'G1':
    case 'G3':
      throw new ConnectorFailure('refused', `PostgreSQL offers no ${order.guarantee}`);
  }
}

export function endsSessions(guarantee: Guarantee): boolean {
  return guarantee === 'G4' || guarantee === 'G5';
}

export interface Planned {
  readonly statement: string;
  /** The group it speaks of; null for the role itself. */
  readonly group: string | null;
}

/** The statements that make `to` of what is there. */
export function statementsFor(role: RoleState, to: Change): readonly Planned[] {
  const name = quoted(role.name);
  const words = [
    ...(typeof to['createRole'] === 'boolean' ? [flag('CREATEROLE', to['createRole'])] : []),
    ...(typeof to['createDb'] === 'boolean' ? [flag('CREATEDB', to['createDb'])] : []),
    ...(typeof to['login'] === 'boolean' ? [flag('LOGIN', to['login'])] : []),
    ...(typeof to['connectionLimit'] === 'number'
      ? [`CONNECTION LIMIT ${to['connectionLimit'].toFixed(0)}`]
      : []),
  ];
  const own = words.length === 0 ? [] : [{ statement: `ALTER ROLE ${name} ${words.join(' ')}` }];
  const groups = Object.entries(groupsIn(to)).flatMap(([group, wanted]) =>
    membershipStatement(role, group, wanted ?? null).map((statement) => ({ statement, group })),
  );
  return [...own.map((one) => ({ ...one, group: null })), ...groups];
}

function flag(word: string, on: boolean): string {
  return on ? word : `NO${word}`;
}

function membershipStatement(role: RoleState, group: string, wanted: Json): readonly string[] {
  const now = role.memberships.find((one) => one.group === group);
  const [of, to] = [quoted(group), quoted(role.name)];
  if (!isObject(wanted)) return now === undefined ? [] : [`REVOKE ${of} FROM ${to}`];
  const admin = wanted['admin'] === true;
  if (now?.admin === true && !admin) return [`REVOKE ADMIN OPTION FOR ${of} FROM ${to}`];
  const options = (['admin', 'inherit', 'set'] as const).flatMap((option) =>
    typeof wanted[option] === 'boolean' ? [`${option.toUpperCase()} ${wanted[option]}`] : [],
  );
  if (typeof wanted['set'] === 'boolean')
    return [`GRANT ${of} TO ${to} WITH ${options.join(', ')}`];
  return [`GRANT ${of} TO ${to}${admin ? ' WITH ADMIN OPTION' : ''}`];
}

export function revocation(role: RoleState): Planned {
  const statement = `ALTER ROLE ${quoted(role.name)} NOLOGIN PASSWORD NULL VALID UNTIL '-infinity'`;
  return { statement, group: null };
}

/** A session that took a group on by SET ROLE keeps it when the membership is gone: only its end takes it away. */
export function revokesGroup(statements: readonly Planned[]): boolean {
  return statements.some(
    ({ group, statement }) => group !== null && statement.startsWith('REVOKE "'),
  );
}

export function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonicalJson(left ?? null) === canonicalJson(right ?? null);
}
