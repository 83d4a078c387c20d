import { FirebreakError, type Clock } from '../kernel/index.ts';
import { ATTACK_SCRIPTS, Attacker, type AttackerStatus, type AttackStep } from './attackers.ts';
import { control } from './control-plane.ts';
import { act } from './data-plane.ts';
import { createFaults, underFault, type Faults } from './faults.ts';
import type { Action, ControlRequest, DataRequest, Reply, Subject, TargetChoice } from './model.ts';
import { buildOrganisation, streamOf, type Organisation } from './organisation.ts';
import { chooseTargets } from './targets.ts';
import type { TargetState } from './target-state.ts';
import { truthOf, truthOfAttacker, type Truth } from './truth.ts';
import { watchConsumers, type ConsumerWatch } from './consumer-watch.ts';
import { createVaults, type Vaults } from './vaults.ts';
import { Workload, type WorkloadSpec, type WorkloadStatus } from './workloads.ts';

export interface WorldSettings {
  readonly seed: number;
  readonly clock: Clock;
  readonly targets?: readonly TargetChoice[];
  /** Identities per target, when every target should have the same number. */
  readonly identities?: number;
  /** No change takes longer than this to be enforced, whatever the target is like. */
  readonly delayMsMax?: number;
  /** How often each workload uses its credential; 2 s unless told. */
  readonly workloadIntervalMs?: number;
}

/** What a report of a leak would contain. The secret is known to whoever found it. */
export interface Leak {
  readonly target: string;
  readonly identity: string;
  readonly credential: string;
  readonly secret: string;
  readonly refs: readonly {
    readonly system: string;
    readonly type: string;
    readonly value: string;
  }[];
}

export interface AttackOrder {
  readonly leak: Leak;
  /** A name of ATTACK_SCRIPTS, unless steps are given. */
  readonly script?: string;
  readonly steps?: readonly AttackStep[];
}

export interface NewMember {
  readonly identity: string;
  readonly kind?: string;
  readonly permissions?: readonly Action[];
  readonly credentials?: number;
}

export interface World {
  readonly seed: number;
  readonly clock: Clock;
  readonly organisation: Organisation;
  readonly faults: Faults;
  readonly target: (name: string) => TargetState;
  /** The control plane of a target, as its clients meet it: faults included. */
  readonly control: (target: string, request: ControlRequest) => Reply | Promise<Reply>;
  readonly data: (target: string, request: DataRequest) => Reply | Promise<Reply>;
  /** Any other call, so that faults strike it too. */
  readonly guarded: (
    target: string,
    plane: 'control' | 'data',
    operation: string,
    answer: () => Reply,
    source?: string,
  ) => Reply | Promise<Reply>;
  readonly leak: (target: string, subject?: Partial<Subject>) => Leak;
  readonly addMember: (target: string, wanted: NewMember) => readonly Leak[];
  readonly attack: (order: AttackOrder) => AttackerStatus;
  readonly attackers: () => readonly AttackerStatus[];
  readonly stopAttacker: (id: string) => void;
  readonly workloads: () => readonly WorkloadStatus[];
  readonly addWorkload: (spec: WorkloadSpec) => WorkloadStatus;
  readonly startWorkloads: (names?: readonly string[]) => void;
  readonly stopWorkloads: (names?: readonly string[]) => void;
  readonly vaults: Vaults;
  /** From now on, looking so often, until the world is closed or it is stopped. */
  readonly watchConsumers: (everyMs: number) => ConsumerWatch;
  readonly truth: () => Truth;
  /** Stops every timer of this world. */
  readonly close: () => void;
}

const WORKLOAD_INTERVAL_MS = 2_000;

export function createWorld(settings: WorldSettings): World {
  const { seed, clock } = settings;
  const workloadIntervalMs = settings.workloadIntervalMs ?? WORKLOAD_INTERVAL_MS;
  const { identities, delayMsMax = Infinity } = settings;
  const specs = chooseTargets(settings.targets).map((spec) => ({
    ...spec,
    ...(identities === undefined ? {} : { identities }),
    propagation: {
      minMs: Math.min(spec.propagation.minMs, delayMsMax),
      maxMs: Math.min(spec.propagation.maxMs, delayMsMax),
    },
  }));
  const organisation = buildOrganisation({ seed, clock, targets: specs, workloadIntervalMs });
  const faults = createFaults(clock, streamOf(seed, 'faults'));
  const target = (name: string): TargetState => {
    const found = organisation.targets.get(name);
    if (found !== undefined) return found;
    const known = [...organisation.targets.keys()].join(', ');
    throw new FirebreakError('world-target-unknown', { target: name, known });
  };
  const data: World['data'] = (name, request) => {
    const state = target(name);
    const fault = faults.strike(name, 'data', request.action, request.source);
    return underFault(fault, clock, () => act(state, request));
  };
  const attackers = createAttackers(clock, data, target);
  const vaults = createVaults(clock.nowMs);
  const workloads = createWorkloads(seed, clock, data, target, vaults);
  const watches: ConsumerWatch[] = [];
  for (const spec of organisation.workloads) workloads.add(spec);
  return {
    seed,
    clock,
    organisation,
    faults,
    target,
    data,
    control: (name, request) => {
      const state = target(name);
      const fault = faults.strike(name, 'control', request.verb);
      return underFault(fault, clock, (partial) => control(state, request, partial));
    },
    guarded: (name, plane, operation, answer, source) =>
      underFault(faults.strike(name, plane, operation, source), clock, answer),
    leak: (name, subject) => leakOf(organisation, target(name), subject),
    addMember: (name, wanted) => addMember(target(name), wanted),
    attack: attackers.start,
    attackers: attackers.list,
    stopAttacker: attackers.stop,
    workloads: workloads.list,
    addWorkload: workloads.add,
    startWorkloads: workloads.start,
    stopWorkloads: workloads.stop,
    vaults,
    watchConsumers: (everyMs) => {
      const watch = watchConsumers(clock, everyMs, workloads.all, target);
      watches.push(watch);
      return watch;
    },
    truth: () => {
      const judged = attackers.list().map((each) => truthOfAttacker(target(each.target), each));
      return truthOf(clock.nowMs(), judged, workloads.list());
    },
    close: () => {
      attackers.stopAll();
      workloads.stop();
      for (const watch of watches) watch.stop();
    },
  };
}

function createAttackers(
  clock: Clock,
  data: World['data'],
  target: (name: string) => TargetState,
): {
  readonly start: World['attack'];
  readonly list: World['attackers'];
  readonly stop: World['stopAttacker'];
  readonly stopAll: () => void;
} {
  const running = new Map<string, Attacker>();
  const list = (): readonly AttackerStatus[] => [...running.values()].map((each) => each.status());
  return {
    list,
    start: (order) => {
      const script = order.steps === undefined ? (order.script ?? 'use-at-once') : 'custom';
      const steps = order.steps ?? ATTACK_SCRIPTS[script];
      if (steps === undefined) {
        const known = Object.keys(ATTACK_SCRIPTS).join(', ');
        throw new FirebreakError('world-script-unknown', { script, known });
      }
      const { leak } = order;
      target(leak.target);
      const { secret, identity, credential } = leak;
      const leaked = { secret, identity, credential, session: null };
      const id = `attacker-${running.size + 1}`;
      const plan = { id, script, steps, target: leak.target, leaked };
      const attacker = new Attacker(plan, clock, data);
      running.set(id, attacker);
      return attacker.status();
    },
    stop: (id) => {
      const attacker = running.get(id);
      if (attacker === undefined) {
        throw new FirebreakError('world-subject-unknown', { kind: 'attacker', name: id });
      }
      attacker.stop();
    },
    stopAll: () => {
      for (const attacker of running.values()) attacker.stop();
    },
  };
}

function createWorkloads(
  seed: number,
  clock: Clock,
  data: World['data'],
  target: (name: string) => TargetState,
  vaults: Vaults,
): {
  readonly all: () => readonly Workload[];
  readonly add: World['addWorkload'];
  readonly list: World['workloads'];
  readonly start: World['startWorkloads'];
  readonly stop: World['stopWorkloads'];
} {
  const all = new Map<string, Workload>();
  const random = streamOf(seed, 'workloads');
  const named = (names?: readonly string[]): readonly Workload[] =>
    names === undefined
      ? [...all.values()]
      : names.map((name) => {
          const workload = all.get(name);
          if (workload !== undefined) return workload;
          throw new FirebreakError('world-subject-unknown', { kind: 'workload', name });
        });
  return {
    all: () => [...all.values()],
    add: (spec) => {
      const workload = new Workload(spec, target(spec.target), clock, data, vaults);
      all.set(spec.name, workload);
      return workload.status();
    },
    list: () => [...all.values()].map((workload) => workload.status()),
    start: (names) => {
      // Spread over one interval, so that a world does not pulse.
      for (const workload of named(names)) {
        workload.start(Math.floor(random() * workload.status().intervalMs));
      }
    },
    stop: (names) => {
      for (const workload of named(names)) workload.stop();
    },
  };
}

function leakReport(target: TargetState, identity: string, credential: string): Leak {
  const { name } = target.spec;
  return {
    target: name,
    identity,
    credential,
    secret: target.secretOf(credential),
    refs: [
      { system: name, type: 'credential', value: credential },
      { system: name, type: 'identity', value: identity },
    ],
  };
}

/** Any credential of the subject; without a subject one whose identity can mint, which is the worst case. */
function leakOf(organisation: Organisation, target: TargetState, subject?: Partial<Subject>): Leak {
  const { configured } = target;
  const wanted = subject?.credential;
  const identity =
    subject?.identity ??
    (wanted === undefined
      ? organisation.members.find((member) => member.target === target.spec.name)?.identity
      : configured.credentials.get(wanted)?.identity);
  const live = identity === undefined ? [] : target.credentialsOf(identity);
  const credential = live.find((each) =>
    wanted === undefined ? !each.revoked : each.credential === wanted,
  );
  if (credential === undefined) {
    const name = wanted ?? identity ?? '(none)';
    throw new FirebreakError('world-subject-unknown', { kind: 'credential', name });
  }
  return leakReport(target, credential.identity, credential.credential);
}

function addMember(target: TargetState, wanted: NewMember): readonly Leak[] {
  const { identity } = wanted;
  if (target.configured.identities.has(identity)) {
    throw new FirebreakError('world-request-invalid', { problem: `${identity} exists already` });
  }
  const kind = wanted.kind ?? target.spec.identityKind;
  const permissions = wanted.permissions ?? ['read', 'write', 'mint'];
  target.addIdentity({ identity, kind, permissions });
  return Array.from({ length: wanted.credentials ?? 1 }, () =>
    leakReport(target, identity, target.addCredential(identity, null).credential),
  );
}
