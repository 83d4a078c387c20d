import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPushableClock, type PushableClock } from '../kernel/index.ts';
import { CONTROL_VERBS, type ControlVerb, type Reply, type TargetChoice } from './model.ts';
import { createWorld, type Leak, type World } from './world.ts';

interface Stage {
  readonly world: World;
  readonly clock: PushableClock;
  readonly leak: Leak;
  readonly change: (verb: ControlVerb, more?: { key?: string; allow?: string[] }) => Reply;
  readonly use: (action?: 'read' | 'mint' | 'login', secret?: string) => Reply;
}

function answered(reply: Reply | Promise<Reply>): Reply {
  if (reply instanceof Promise) throw new Error('no fault is set, so nothing waits');
  return reply;
}

function stage(choice: TargetChoice, seed = 7): Stage {
  const clock = createPushableClock();
  const world = createWorld({ seed, clock, targets: [choice] });
  const { name } = choice;
  const [leak] = world.addMember(name, { identity: 'svc' });
  if (leak === undefined) throw new Error('one was asked for');
  const subject =
    world.target(name).spec.grain === 'identity'
      ? { identity: 'svc' }
      : { identity: 'svc', credential: leak.credential };
  return {
    world,
    clock,
    leak,
    change: (verb, { key, allow } = {}) =>
      answered(
        world.control(name, {
          verb,
          subject,
          key: key ?? null,
          actor: 'firebreak',
          ...(allow === undefined ? {} : { allow }),
        }),
      ),
    use: (action = 'read', secret = leak.secret) =>
      answered(world.data(name, { secret, action, source: 'test' })),
  };
}

describe('propagation', () => {
  it('is visible at once and bites later, within the declared delays', async () => {
    const { world, clock, leak, change, use } = stage({
      name: 'ci',
      propagation: { minMs: 2_000, maxMs: 5_000 },
    });
    change('disable');
    expect(world.target('ci').configured.credentials.get(leak.credential)?.enabled).toBe(false);
    await clock.advance(1_999);
    expect(use().status).toBe(200);
    await clock.advance(3_001);
    expect(use().body['error']).toBe('credential-disabled');
  });

  it('both views meet once all delays are over, and the data plane only ever shows what was configured', async () => {
    const verb = fc.constantFrom(
      ...CONTROL_VERBS.filter((each) => !['rotate', 'revoke', 'kill-sessions'].includes(each)),
    );
    const steps = fc.array(fc.tuple(verb, fc.integer({ min: 0, max: 4_000 })), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 1_000_000 }), async (changes, seed) => {
        const { world, clock, leak, change } = stage({ name: 'image-registry' }, seed);
        const target = world.target('image-registry');
        const configured = (): unknown => target.configured.credentials.get(leak.credential);
        const effective = (): unknown => target.effective().credentials.get(leak.credential);
        const history = [configured()];
        let reached = 0;
        for (const [each, waitMs] of changes) {
          change(each);
          history.push(configured());
          await clock.advance(waitMs);
          const found = history.findIndex(
            (state, index) => index >= reached && fc.stringify(state) === fc.stringify(effective()),
          );
          expect(found).toBeGreaterThanOrEqual(reached);
          reached = found;
        }
        await clock.advance(10_000);
        expect(effective()).toEqual(configured());
      }),
      { numRuns: 60 },
    );
  });
});

describe('repeats', () => {
  it('are suppressed where keys are honoured', () => {
    const { world, change } = stage({ name: 'ci' });
    const first = change('disable', { key: 'k1' });
    expect(change('disable', { key: 'k1' })).toEqual(first);
    const { audit } = world.target('ci');
    expect(audit.effects().map((sum) => sum.effects)).toEqual([1]);
    expect(audit.read({ plane: 'control' }).map((entry) => entry.outcome)).toEqual([
      'done',
      'repeat',
    ]);
    expect(change('quarantine', { key: 'k2', allow: ['a'] }).status).toBe(200);
    expect(change('quarantine', { key: 'k2', allow: ['b'] }).status).toBe(422);
  });

  it('take effect again where they are not', () => {
    const { world, change } = stage({ name: 'git-host' });
    change('disable', { key: 'k1' });
    change('disable', { key: 'k1' });
    const [sum] = world.target('git-host').audit.effects();
    expect(sum).toMatchObject({ identity: 'svc', verb: 'disable', key: 'k1', effects: 2 });
  });

  it('of a revocation are an error', () => {
    const { change } = stage({ name: 'git-host' });
    expect(change('revoke').status).toBe(200);
    expect(change('revoke').body['error']).toBe('already-gone');
  });
});

describe('sessions', () => {
  const loggedIn = async (name: string, verbs: readonly ControlVerb[]): Promise<string> => {
    const { clock, change, use } = stage({ name });
    const token = String(use('login').body['token']);
    expect(use('read', token).status).toBe(200);
    for (const verb of verbs) change(verb);
    await clock.advance(10_001);
    const { body } = use('read', token);
    return String(body['error'] ?? body['outcome']);
  };

  it.each([
    ['ci', ['disable'], 'allowed'],
    ['ci', ['disable', 'kill-sessions'], 'session-ended'],
    ['ci', ['quarantine'], 'quarantined'],
    ['ci', ['revoke'], 'allowed'],
    ['git-host', ['disable'], 'session-ended'],
    ['ledger-db', ['disable'], 'allowed'],
    ['ledger-db', ['quarantine'], 'allowed'],
    ['ledger-db', ['quarantine', 'kill-sessions'], 'session-ended'],
    ['cloud-prod', ['disable', 'kill-sessions'], 'allowed'],
  ] as const)('%s after %j: %s', async (name, verbs, outcome) => {
    expect(await loggedIn(name, verbs)).toBe(outcome);
  });

  it('a bearer token ends by itself', async () => {
    const { clock, use } = stage({ name: 'cloud-prod' });
    const token = String(use('login').body['token']);
    await clock.advance(59_999);
    expect(use('read', token).status).toBe(200);
    await clock.advance(1);
    expect(use('read', token).body['error']).toBe('session-expired');
  });

  it('do not pile up', async () => {
    const { world, clock, use } = stage({ name: 'cloud-prod' });
    for (let login = 0; login < 2_000; login += 1) {
      use('login');
      await clock.advance(1_000);
    }
    expect(world.target('cloud-prod').configured.sessions.size).toBeLessThan(400);
  });
});

describe('a target that cannot tell credentials apart', () => {
  it('refuses to act on one', () => {
    const { world, leak } = stage({ name: 'ledger-db' });
    const { identity, credential } = leak;
    const subject = { identity, credential };
    const asked = { verb: 'disable', subject, key: null, actor: 'firebreak' } as const;
    expect(answered(world.control('ledger-db', asked)).body['error']).toBe('grain-unsupported');
  });

  it('replaces all secrets at once', async () => {
    const { clock, change, use } = stage({ name: 'ledger-db' });
    const reply = change('rotate');
    expect(JSON.stringify(reply.body)).not.toContain('dbpass');
    await clock.advance(500);
    expect(use().body['error']).toBe('credential-revoked');
  });
});
