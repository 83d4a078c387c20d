import { describe, expect, it } from 'vitest';
import { createPushableClock, digestOf, type PushableClock } from '../kernel/index.ts';
import { inventoryLines } from './inventory.ts';
import type { ControlVerb, Subject } from './model.ts';
import { createWorld, type Leak, type World } from './world.ts';

interface Stage {
  readonly world: World;
  readonly clock: PushableClock;
  readonly cut: (verb: ControlVerb, leak: Leak) => Promise<void>;
}

function stage(names?: readonly string[], seed = 11): Stage {
  const clock = createPushableClock();
  const targets = names?.map((name) => ({ name }));
  const world = createWorld({ seed, clock, ...(targets === undefined ? {} : { targets }) });
  return {
    world,
    clock,
    cut: async (verb, leak) => {
      const { identity, credential } = leak;
      const whole = world.target(leak.target).spec.grain === 'identity';
      const subject: Subject = whole ? { identity } : { identity, credential };
      await world.control(leak.target, { verb, subject, key: null, actor: 'firebreak' });
    },
  };
}

/** A minute with everything in it. */
async function history(seed: number): Promise<string> {
  const { world, clock, cut } = stage(undefined, seed);
  world.startWorkloads();
  world.faults.add({
    target: 'ci',
    plane: 'data',
    operation: '*',
    kind: 'error',
    probability: 0.2,
    count: 50,
  });
  const leaks = ['ci', 'cloud-prod', 'ledger-db'].map((name) => world.leak(name));
  const scripts = ['respawner', 'hold-session', 'mint-new-identity'];
  leaks.forEach((leak, index) => world.attack({ leak, script: scripts[index] ?? 'use-at-once' }));
  await clock.advance(5_000);
  for (const leak of leaks) await cut('disable', leak);
  await clock.advance(15_000);
  const logs = [...world.organisation.targets.values()].map((each) =>
    each.audit.read({ limit: 100_000 }),
  );
  const text = digestOf({ logs, truth: world.truth(), workloads: world.workloads() });
  world.close();
  return text;
}

describe('a world', () => {
  it('has one history per seed', async () => {
    const first = await history(3);
    expect(await history(3)).toBe(first);
    expect(await history(4)).not.toBe(first);
  });

  it('has targets of every kind', () => {
    const { world } = stage();
    const specs = [...world.organisation.targets.values()].map((target) => target.spec);
    expect(specs).toHaveLength(8);
    expect(specs.filter((spec) => spec.honoursIdempotencyKeys)).toHaveLength(4);
    expect(specs.filter((spec) => spec.grain === 'identity')).toHaveLength(2);
    expect(specs.filter((spec) => spec.bearerTokenMs !== null)).toHaveLength(2);
  });

  it('is as large as it is asked to be', () => {
    const clock = createPushableClock();
    const world = createWorld({ seed: 1, clock, targets: [{ name: 'ci' }], identities: 500 });
    const names = world.organisation.members.map((member) => member.identity);
    expect(new Set(names).size).toBe(500);
  });

  it('refuses a target that nobody knows, by name', () => {
    const clock = createPushableClock();
    expect(() => createWorld({ seed: 1, clock, targets: [{ name: 'mainframe' }] })).toThrow(
      expect.objectContaining({ code: 'world-target-unknown' }),
    );
    const choice = { name: 'mainframe', like: 'ledger-db', identities: 2 };
    const world = createWorld({ seed: 1, clock, targets: [choice] });
    expect(world.target('mainframe').spec).toMatchObject({ system: 'database', grain: 'identity' });
  });

  it('tells its inventory in lines that refer to one another', () => {
    const { world } = stage();
    const text = inventoryLines(world.organisation, { secrets: false });
    const lines = text
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    const named = new Set(
      lines.flatMap((line) =>
        Array.isArray(line['refs'])
          ? line['refs'].map((ref) => `${ref.system}:${ref.type}:${ref.value}`)
          : [],
      ),
    );
    const edges = lines.filter((line) => line['type'] === 'edge');
    expect(edges.length).toBeGreaterThan(200);
    for (const edge of edges) {
      expect(named).toContain(edge['from']);
      expect(named).toContain(edge['to']);
    }
    const { secret, credential } = world.leak('ci');
    expect(text).toContain(credential);
    expect(text).not.toContain(secret);
    expect(inventoryLines(world.organisation, { secrets: true })).toContain(secret);
  });
});

describe('an attacker', () => {
  it('keeps access through a second key when only the first is cut', async () => {
    const { world, clock, cut } = stage(['ci']);
    const leak = world.leak('ci');
    world.attack({ leak, script: 'mint-second-key' });
    await clock.advance(1_500);
    await cut('disable', leak);
    await clock.advance(5_000);
    const truth = world.truth();
    expect(truth).toMatchObject({ attackerHasAccess: true, mintedAlive: 1 });
    const [attacker] = truth.attackers;
    expect(attacker?.firstRefusal?.code).toBe('credential-disabled');
    const minted = attacker?.minted[0];
    if (minted === undefined) throw new Error('it minted one');
    await cut('disable', { ...leak, credential: minted.credential });
    await clock.advance(2_001);
    expect(world.truth()).toMatchObject({ attackerHasAccess: false, mintedAlive: 0 });
  });

  it('cannot mint once minting is denied, and reads on', async () => {
    const { world, clock, cut } = stage(['ci']);
    const leak = world.leak('ci');
    await cut('reduce', leak);
    await clock.advance(2_001);
    world.attack({ leak, script: 'mint-second-key' });
    await clock.advance(3_000);
    const [attacker] = world.truth().attackers;
    expect(attacker?.minted).toEqual([]);
    expect(attacker?.firstRefusals['mint']?.code).toBe('minting-denied');
    expect(attacker?.firstRefusals['read']).toBeUndefined();
    expect(attacker?.can).toEqual(['read', 'write', 'login']);
  });

  it('is told apart now and later: the effective state lags behind', async () => {
    const { world, clock, cut } = stage(['image-registry']);
    const leak = world.leak('image-registry');
    world.attack({ leak });
    await cut('disable', leak);
    expect(world.truth()).toMatchObject({ attackerHasAccess: true, attackerWillHaveAccess: false });
    await clock.advance(10_001);
    const truth = world.truth();
    expect(truth).toMatchObject({ attackerHasAccess: false, attackerWillHaveAccess: false });
    const refusedAtMs = truth.firstRefusalAtMs ?? 0;
    const lastAllowedAtMs = truth.attackers[0]?.lastAllowedAtMs ?? 0;
    expect(refusedAtMs - lastAllowedAtMs).toBe(100);
  });

  it('holds a bearer token beyond the cut, and the truth says until when', async () => {
    const { world, clock, cut } = stage(['cloud-prod']);
    const leak = world.leak('cloud-prod');
    const startMs = clock.nowMs();
    world.attack({ leak, script: 'hold-session' });
    await clock.advance(1_000);
    await cut('disable', leak);
    await cut('kill-sessions', leak);
    await clock.advance(20_000);
    expect(world.truth().attackers[0]).toMatchObject({ bearerUntilMs: startMs + 60_000 });
    expect(world.truth().attackerHasAccess).toBe(true);
    await clock.advance(40_000);
    expect(world.truth()).toMatchObject({ attackerHasAccess: false });
  });

  it('is not refused by the defence where it never had the right', async () => {
    const { world, clock } = stage(['ci']);
    const [leak] = world.addMember('ci', { identity: 'reader', permissions: ['read'] });
    if (leak === undefined) throw new Error('one was asked for');
    world.attack({ leak, script: 'mint-second-key' });
    await clock.advance(2_000);
    const [attacker] = world.truth().attackers;
    expect(attacker?.refused).toBe(1);
    expect(attacker?.firstRefusal).toBeNull();
  });

  it('follows a script of its own, goes quiet and returns', async () => {
    const { world, clock } = stage(['ci']);
    world.attack({ leak: world.leak('ci'), script: 'quiet-and-return' });
    await clock.advance(2_000);
    const before = world.attackers()[0]?.allowed;
    await clock.advance(50_000);
    expect(world.attackers()[0]?.allowed).toBe(before);
    await clock.advance(10_000);
    expect(world.attackers()[0]?.allowed).toBeGreaterThan(before ?? 0);
    const steps = [{ atMs: 10, do: 'use', action: 'write', everyMs: 10, untilMs: 50 }] as const;
    const { id } = world.attack({ leak: world.leak('ci'), steps });
    await clock.advance(1_000);
    const status = world.attackers().find((each) => each.id === id);
    expect(status).toMatchObject({ script: 'custom', allowed: 5, running: false });
  });
});

describe('workloads', () => {
  it('work, break when their credential is cut, and recover', async () => {
    const { world, clock, cut } = stage();
    world.startWorkloads();
    await clock.advance(10_000);
    expect(world.truth().workloadsBroken).toEqual([]);
    const leak = world.leak('ci');
    const users = world.workloads().filter((each) => each.credential === leak.credential);
    expect(users.length).toBeGreaterThan(0);
    await cut('disable', leak);
    await clock.advance(5_000);
    expect(world.truth().workloadsBroken.map((each) => each.name)).toEqual(
      users.map((each) => each.name),
    );
    await cut('enable', leak);
    await clock.advance(5_000);
    expect(world.truth().workloadsBroken).toEqual([]);
    world.close();
    const counts = world.workloads().map((each) => each.succeeded);
    await clock.advance(10_000);
    expect(world.workloads().map((each) => each.succeeded)).toEqual(counts);
  });

  it('take the replacement after a rotation, and log in again when a session is ended', async () => {
    const { world, clock, cut } = stage(['ledger-db']);
    world.startWorkloads();
    await clock.advance(5_000);
    const leak = world.leak('ledger-db');
    const before = world.truth().workloadsBroken;
    await cut('rotate', leak);
    await cut('kill-sessions', leak);
    await clock.advance(5_000);
    expect(before).toEqual([]);
    expect(world.truth().workloadsBroken).toEqual([]);
    const used = world.workloads().map((each) => each.credential);
    expect(used).not.toContain(leak.credential);
  });

  it('notice an outage', async () => {
    const { world, clock } = stage(['ci']);
    world.startWorkloads();
    const fault = { target: 'ci', plane: 'data', operation: '*', kind: 'outage' } as const;
    world.faults.add({ ...fault, forMs: 5_000 });
    await clock.advance(4_000);
    expect(world.truth().workloadsBroken).toHaveLength(world.workloads().length);
    expect(world.truth().workloadsBroken[0]?.error).toBe('no-answer');
    await clock.advance(4_000);
    expect(world.truth().workloadsBroken).toEqual([]);
  });
});
