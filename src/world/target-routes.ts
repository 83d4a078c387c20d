import type { AuditQuery } from './audit.ts';
import { describe, readAudit, readInventory, readState, tryAs } from './control-reads.ts';
import { RESOURCE_DEFAULT } from './data-plane.ts';
import { fieldsOf, invalid, type Fields } from './fields.ts';
import { ACTIONS, CONTROL_VERBS, type ControlRequest, type Reply, type Subject } from './model.ts';
import type { WorldRequest } from './request.ts';
import type { World } from './world.ts';

const SUBJECT_FIELDS = ['identity', 'credential', 'session'] as const;
const CHANGE_FIELDS = [
  ...SUBJECT_FIELDS,
  'actions',
  'allow',
  'actor',
  'label',
  'lifetimeMs',
  'secret',
  'replacementIdentity',
  'replacementCredential',
] as const;
const TRY_FIELDS = [
  ...SUBJECT_FIELDS,
  'action',
  'resource',
  'freshProof',
  'sessions',
  'from',
] as const;
const DATA_FIELDS = [
  'resource',
  'freshProof',
  'dryRun',
  'as',
  'to',
  'permission',
  'source',
] as const;

const UNAUTHENTICATED: Reply = {
  status: 401,
  body: { error: 'token-unknown', detail: 'this token belongs to no account of this target' },
};

function notFound(request: WorldRequest): Reply {
  const detail = `there is nothing at ${request.method} ${request.path.join('/')}`;
  return { status: 404, body: { error: 'route-unknown', detail } };
}

function subjectOf(fields: Fields): Subject {
  const credential = fields.optionalText('credential');
  const session = fields.optionalText('session');
  const identity = fields.text('identity');
  return {
    identity,
    ...(credential === undefined ? {} : { credential }),
    ...(session === undefined ? {} : { session }),
  };
}

/** /targets/{target}/data/{action} and /targets/{target}/control/...: what the organisation's own systems offer. */
export function targetRoute(world: World, request: WorldRequest): Reply | Promise<Reply> {
  const [, name = '', plane, operation = ''] = request.path;
  if (plane === 'data' && request.method === 'POST') return data(world, name, operation, request);
  if (plane !== 'control') return notFound(request);
  const target = world.target(name);
  if (request.bearer !== target.account.token) return UNAUTHENTICATED;
  if (request.method === 'GET') return read(world, name, operation, request);
  if (request.method !== 'POST') return notFound(request);
  if (operation === 'try') return attempt(world, name, request);
  return changeTarget(world, name, operation, request, target.account.identity);
}

function data(
  world: World,
  target: string,
  operation: string,
  request: WorldRequest,
): Reply | Promise<Reply> {
  const action = ACTIONS.find((each) => each === operation);
  if (action === undefined) return notFound(request);
  const fields = fieldsOf(request.body ?? {}, DATA_FIELDS);
  const resource = fields.optionalText('resource');
  const to = fields.optionalText('to');
  const permission = fields.choice('permission', ACTIONS);
  const as = fields.choice('as', ['self', 'new-identity'] as const);
  return world.data(target, {
    secret: request.bearer ?? '',
    action,
    source: fields.optionalText('source') ?? 'network',
    freshProof: fields.flag('freshProof') ?? false,
    dryRun: fields.flag('dryRun') ?? false,
    ...(resource === undefined ? {} : { resource }),
    ...(to === undefined ? {} : { to }),
    ...(permission === undefined ? {} : { permission }),
    ...(as === undefined ? {} : { as }),
  });
}

function read(
  world: World,
  name: string,
  operation: string,
  request: WorldRequest,
): Reply | Promise<Reply> {
  const target = world.target(name);
  const answer = (): Reply => {
    switch (operation) {
      case 'describe':
        return describe(target);
      case 'inventory':
        return readInventory(target, request.query.get('identity') ?? undefined);
      case 'state':
        return readState(target, subjectOf(queryFields(request, SUBJECT_FIELDS)));
      case 'audit':
        return readAudit(target, auditQuery(request));
      default:
        return notFound(request);
    }
  };
  return world.guarded(name, 'control', operation, answer);
}

function queryFields(request: WorldRequest, known: readonly string[]): Fields {
  return fieldsOf(Object.fromEntries(request.query), known, 'the query');
}

const AUDIT_LIMIT_MAX = 10_000;

function wholeNumber(text: string | null, name: string): number | undefined {
  if (text === null) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0
    ? value
    : invalid(`\`${name}\` must be a whole number`);
}

export function auditQuery(request: WorldRequest): AuditQuery {
  const { query } = request;
  const identity = query.get('identity');
  const credential = query.get('credential');
  const verb = query.get('verb');
  const actor = query.get('actor');
  const plane = query.get('plane');
  const after = wholeNumber(query.get('after'), 'after');
  const limit = wholeNumber(query.get('limit'), 'limit');
  return {
    ...(identity === null ? {} : { identity }),
    ...(credential === null ? {} : { credential }),
    ...(verb === null ? {} : { verb }),
    ...(actor === null ? {} : { actor }),
    ...(plane === 'control' || plane === 'data' ? { plane } : {}),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit: Math.min(limit, AUDIT_LIMIT_MAX) }),
  };
}

/** Impersonation reaches the enforcement point of the data plane, so that data plane faults strike it. */
function attempt(world: World, name: string, request: WorldRequest): Reply | Promise<Reply> {
  const fields = fieldsOf(request.body, TRY_FIELDS);
  const action = fields.choice('action', ACTIONS) ?? 'read';
  const wanted = {
    subject: subjectOf(fields),
    action,
    resource: fields.optionalText('resource') ?? RESOURCE_DEFAULT,
    freshProof: fields.flag('freshProof') ?? false,
    sessions: fields.flag('sessions') ?? false,
  };
  const from = fields.optionalText('from') ?? 'impersonation';
  return world.guarded(name, 'data', action, () => tryAs(world.target(name), wanted), from);
}

/** Also used by /admin, there with another actor: somebody else's hand on the target. */
export function changeTarget(
  world: World,
  target: string,
  operation: string,
  request: WorldRequest,
  actor: string,
): Reply | Promise<Reply> {
  const verb = CONTROL_VERBS.find((each) => each === operation);
  if (verb === undefined) return notFound(request);
  const fields = fieldsOf(request.body, CHANGE_FIELDS);
  const actions = fields.choices('actions', ACTIONS);
  const allow = fields.isNull('allow') ? null : fields.texts('allow');
  const wanted: ControlRequest = {
    verb,
    subject: subjectOf(fields),
    key: request.idempotencyKey,
    actor,
    ...(actions === undefined ? {} : { actions }),
    ...(allow === undefined ? {} : { allow }),
    ...replacing(fields),
  };
  return world.control(target, wanted);
}

function replacing(
  fields: Fields,
): Pick<ControlRequest, 'label' | 'secret' | 'lifetimeMs' | 'replacement'> {
  const label = fields.optionalText('label');
  const secret = fields.optionalText('secret');
  const lifetimeMs = fields.number('lifetimeMs');
  const identity = fields.optionalText('replacementIdentity');
  const credential = fields.optionalText('replacementCredential');
  const named = credential === undefined ? {} : { credential };
  return {
    ...(label === undefined ? {} : { label }),
    ...(secret === undefined ? {} : { secret }),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(identity === undefined ? {} : { replacement: { identity, ...named } }),
  };
}
