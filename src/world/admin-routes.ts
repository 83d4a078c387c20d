import { FirebreakError, toTimestamp, type PushableClock } from '../kernel/index.ts';
import type { AttackStep } from './attackers.ts';
import { auditView } from './control-reads.ts';
import { FAULT_KINDS, type FaultSpec } from './faults.ts';
import { fieldsOf, invalid, type Fields } from './fields.ts';
import { inventoryLines } from './inventory.ts';
import { ACTIONS, type Reply, type TargetChoice } from './model.ts';
import { TEXT_BODY, type WorldHolder, type WorldRequest } from './request.ts';
import { auditQuery, changeTarget } from './target-routes.ts';
import { GRANTS } from './target-state.ts';
import { createWorld, type Leak, type World } from './world.ts';

const ATTACK_STEP_FIELDS = ['atMs', 'do', 'action', 'as', 'everyMs', 'untilMs'] as const;

function ok(body: Readonly<Record<string, unknown>>): Reply {
  return { status: 200, body };
}

type Route = (holder: WorldHolder, request: WorldRequest) => Reply | Promise<Reply>;

// table: what the controls of the world offer
const ROUTES: Readonly<Record<string, Route>> = {
  'POST reset': reset,
  'GET targets': ({ world }) => ok({ targets: targetList(world) }),
  'GET truth': ({ world }) => ok(withTimes(world.truth())),
  'GET clock': ({ world }) => ok(clockBody(world)),
  'POST clock': pushClock,
  'GET inventory': ({ world }, request) => {
    const secrets = request.query.get('secrets') === 'true';
    return ok({ [TEXT_BODY]: inventoryLines(world.organisation, { secrets }) });
  },
  'POST leaks': ({ world }, request) => ok({ ...leak(world, request) }),
  'GET attackers': ({ world }) => ok(withTimes({ attackers: world.attackers() })),
  'POST attackers': ({ world }, request) => ok(withTimes(attack(world, request))),
  'DELETE attackers': ({ world }, request) => {
    world.stopAttacker(request.path[2] ?? '');
    return ok({ stopped: true });
  },
  'GET workloads': ({ world }) => ok(withTimes({ workloads: world.workloads() })),
  'POST workloads': ({ world }, request) => workloads(world, request),
  'GET faults': ({ world }) => ok({ faults: world.faults.list() }),
  'POST faults': ({ world }, request) => ok({ ...world.faults.add(faultOf(world, request)) }),
  'DELETE faults': ({ world }, request) => removeFaults(world, request.path[2]),
};

// table: what the controls of the world offer per target
const TARGET_ROUTES: Readonly<Record<string, Route>> = {
  'GET audit': ({ world }, request) => {
    const entries = world.target(request.path[2] ?? '').audit.read(auditQuery(request));
    return ok({ entries: entries.map(auditView) });
  },
  'GET effects': ({ world }, request) =>
    ok({ effects: world.target(request.path[2] ?? '').audit.effects() }),
  'POST settings': ({ world }, request) => settings(world, request),
  'POST identities': ({ world }, request) => addMember(world, request),
  'POST control': ({ world }, request) => {
    const [, , target = '', , verb = ''] = request.path;
    const actor = fieldsOf(request.body, BODY_OF_CHANGE).optionalText('actor');
    return changeTarget(world, target, verb, request, actor ?? 'platform-admin');
  },
};
const BODY_OF_CHANGE = ['identity', 'credential', 'actions', 'allow', 'actor'] as const;

/** Everything under /admin: for those who run the simulation, never for Firebreak. */
export function adminRoute(holder: WorldHolder, request: WorldRequest): Reply | Promise<Reply> {
  const [, word = '', , part = ''] = request.path;
  const found =
    word === 'targets' && part !== ''
      ? TARGET_ROUTES[`${request.method} ${part}`]
      : ROUTES[`${request.method} ${word}`];
  if (found !== undefined) return found(holder, request);
  const path = `/${request.path.join('/')}`;
  throw new FirebreakError('route-unknown', { method: request.method, path });
}

function reset(holder: WorldHolder, request: WorldRequest): Reply {
  const fields = fieldsOf(request.body ?? {}, [
    'seed',
    'targets',
    'identities',
    'workloadIntervalMs',
  ]);
  const { clock, seed } = holder.world;
  const targets = fields.texts('targets');
  const workloadIntervalMs = fields.number('workloadIntervalMs');
  const identities = fields.number('identities');
  const choices: readonly TargetChoice[] | undefined = targets?.map((name) => ({ name }));
  const world = createWorld({
    seed: fields.number('seed') ?? seed,
    clock,
    ...(choices === undefined ? {} : { targets: choices }),
    ...(identities === undefined ? {} : { identities }),
    ...(workloadIntervalMs === undefined ? {} : { workloadIntervalMs }),
  });
  holder.world.close();
  holder.world = world;
  return ok({ seed: world.seed, targets: targetList(world) });
}

/** What a configuration of Firebreak needs: accounts with their tokens, controls with their secrets. */
function targetList(world: World): readonly object[] {
  return [...world.organisation.targets.values()].map((target) => {
    const control = world.organisation.controls.get(target.spec.name);
    const secret = control === undefined ? null : target.secretOf(control.credential);
    return { ...target.spec, account: target.account, control: { ...control, secret } };
  });
}

/** Names of instants; a delay or an interval ends otherwise. */
const INSTANT = /(?:^at|At|^since|Since|^until|Until)Ms$/u;

/** Instants become RFC 3339 as everywhere else; lengths of time stay numbers. */
function withTimes(value: object): Readonly<Record<string, unknown>> {
  const convert = (name: string, member: unknown): [string, unknown] => {
    if (INSTANT.test(name)) {
      const at = typeof member === 'number' ? toTimestamp(member) : null;
      return [name.slice(0, -2), at];
    }
    if (Array.isArray(member)) return [name, member.map((each) => deep(each))];
    return [name, deep(member)];
  };
  const deep = (member: unknown): unknown =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).map(([name, each]) => convert(name, each)))
      : member;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => convert(name, member)));
}

function clockBody(world: World): Readonly<Record<string, unknown>> {
  return { now: toTimestamp(world.clock.nowMs()), pushed: isPushable(world.clock) };
}

function isPushable(clock: World['clock']): clock is PushableClock {
  return 'advance' in clock;
}

async function pushClock({ world }: WorldHolder, request: WorldRequest): Promise<Reply> {
  const fields = fieldsOf(request.body, ['advanceMs']);
  const byMs = fields.number('advanceMs') ?? invalid('`advanceMs` is missing');
  if (!isPushable(world.clock))
    invalid('this world runs on real time; start it with --clock pushed');
  await world.clock.advance(byMs);
  return ok(clockBody(world));
}

function subjectOf(fields: Fields): { identity?: string; credential?: string } {
  const identity = fields.optionalText('identity');
  const credential = fields.optionalText('credential');
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function leak(world: World, request: WorldRequest): Leak {
  const fields = fieldsOf(request.body, ['target', 'identity', 'credential']);
  return world.leak(fields.text('target'), subjectOf(fields));
}

function attack(world: World, request: WorldRequest): object {
  const known = ['target', 'identity', 'credential', 'script', 'steps'];
  const fields = fieldsOf(request.body, known);
  const script = fields.optionalText('script');
  const steps = fields.groups('steps', ATTACK_STEP_FIELDS)?.map(stepOf);
  return world.attack({
    leak: world.leak(fields.text('target'), subjectOf(fields)),
    ...(script === undefined ? {} : { script }),
    ...(steps === undefined ? {} : { steps }),
  });
}

function stepOf(fields: Fields): AttackStep {
  const action = fields.choice('action', ACTIONS);
  const as = fields.choice('as', ['self', 'new-identity'] as const);
  const everyMs = fields.number('everyMs');
  const untilMs = fields.number('untilMs');
  if (everyMs !== undefined && everyMs < 1) invalid('`everyMs` must be at least 1');
  return {
    atMs: fields.number('atMs') ?? 0,
    do: fields.choice('do', ['use', 'mint', 'login', 'grant'] as const) ?? 'use',
    ...(action === undefined ? {} : { action }),
    ...(as === undefined ? {} : { as }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

function workloads(world: World, request: WorldRequest): Reply {
  const fields = fieldsOf(request.body ?? {}, ['names']);
  const names = fields.texts('names');
  const order = request.path[2];
  if (order === 'start') world.startWorkloads(names);
  else if (order === 'stop') world.stopWorkloads(names);
  else invalid('workloads are started and stopped with /admin/workloads/start and /stop');
  return ok({ running: world.workloads().filter((each) => each.running).length });
}

const FAULT_FIELDS = [
  'target',
  'plane',
  'operation',
  'kind',
  'source',
  'delayMs',
  'retryAfterMs',
  'count',
  'probability',
  'forMs',
] as const;

function faultOf(world: World, request: WorldRequest): FaultSpec {
  const fields = fieldsOf(request.body, FAULT_FIELDS);
  const target = fields.optionalText('target') ?? '*';
  if (target !== '*') world.target(target);
  const kind = fields.choice('kind', FAULT_KINDS) ?? invalid('`kind` is missing');
  const numbers = ['delayMs', 'retryAfterMs', 'count', 'probability', 'forMs'] as const;
  const amounts: Partial<Record<(typeof numbers)[number], number>> = {};
  for (const name of numbers) {
    const value = fields.number(name);
    if (value !== undefined) amounts[name] = value;
  }
  const source = fields.optionalText('source');
  return {
    target,
    kind,
    ...(source === undefined ? {} : { source }),
    plane: fields.choice('plane', ['control', 'data', 'any'] as const) ?? 'any',
    operation: fields.optionalText('operation') ?? '*',
    ...amounts,
  };
}

function removeFaults(world: World, id: string | undefined): Reply {
  if (id === undefined) world.faults.clear();
  else if (!world.faults.remove(id)) {
    throw new FirebreakError('world-subject-unknown', { kind: 'fault', name: id });
  }
  return ok({ faults: world.faults.list() });
}

/** Takes grants from Firebreak's account or gives them back, and changes the delays of a target. */
function settings(world: World, request: WorldRequest): Reply {
  const fields = fieldsOf(request.body, ['grants', 'minMs', 'maxMs']);
  const target = world.target(request.path[2] ?? '');
  const grants = fields.choices('grants', GRANTS);
  if (grants !== undefined) {
    target.grants.clear();
    for (const grant of grants) target.grants.add(grant);
  }
  const minMs = fields.number('minMs');
  const maxMs = fields.number('maxMs');
  if (minMs !== undefined || maxMs !== undefined) {
    if ((minMs ?? 0) > (maxMs ?? minMs ?? 0)) invalid('`minMs` must not be above `maxMs`');
    target.propagate({ minMs: minMs ?? 0, maxMs: maxMs ?? minMs ?? 0 });
  }
  return ok({ target: target.spec.name, grants: [...target.grants] });
}

function addMember(world: World, request: WorldRequest): Reply {
  const fields = fieldsOf(request.body, ['identity', 'kind', 'permissions', 'credentials']);
  const kind = fields.optionalText('kind');
  const permissions = fields.choices('permissions', ACTIONS);
  const credentials = fields.number('credentials');
  const leaks = world.addMember(request.path[2] ?? '', {
    identity: fields.text('identity'),
    ...(kind === undefined ? {} : { kind }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  return ok({ credentials: leaks });
}
