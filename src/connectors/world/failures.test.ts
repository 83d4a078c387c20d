import { afterEach, describe, expect, it } from 'vitest';
import { createPushableClock, Secret, type PushableClock } from '../../kernel/index.ts';
import { createWorld, serveWorld, type FaultSpec, type World } from '../../world/index.ts';
import { ConnectorFailure, type CallContext, type Connector, type CutOrder } from '../contract.ts';
import { connectWorld } from './index.ts';

interface Stage {
  readonly world: World;
  readonly clock: PushableClock;
  readonly connector: Connector;
  readonly order: CutOrder;
  readonly fault: (spec: Partial<FaultSpec> & Pick<FaultSpec, 'kind'>) => void;
}

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function stage(): Promise<Stage> {
  const clock = createPushableClock();
  const world = createWorld({ seed: 2, clock, targets: [{ name: 'git-host' }] });
  const served = await serveWorld(world, { port: 0, adminToken: new Secret('admin') });
  closing.push(served.close);
  const target = world.target('git-host');
  const control = world.organisation.controls.get('git-host')?.credential ?? '';
  const connector = await connectWorld({
    target: 'git-host',
    url: served.url,
    token: new Secret(target.account.token),
    controlSecret: new Secret(target.secretOf(control)),
  });
  const { identity, credential } = world.leak('git-host');
  return {
    world,
    clock,
    connector,
    order: {
      target: 'git-host',
      subject: { identity, credential },
      guarantee: 'G4',
      grain: 'credential',
      parameters: {},
    },
    fault: (spec) => {
      const { target: _, ...rest } = { target: '', ...spec };
      world.faults.add({ target: 'git-host', plane: 'control', operation: '*', ...rest });
    },
  };
}

function context(timeoutMs = 2_000): CallContext {
  return { idempotencyKey: 'k', timeoutMs };
}

async function failureOf(call: Promise<unknown>): Promise<ConnectorFailure> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConnectorFailure) return error;
  throw new Error('a connector failure was expected', { cause: error });
}

describe('a call that goes wrong', () => {
  it.each([
    ['error', 'disable', 'unknown'],
    ['error-after-effect', 'disable', 'unknown'],
    ['not-applied', 'disable', 'transient'],
    ['lost-reply', 'disable', 'unknown'],
    ['rate-limit', 'disable', 'rate-limited'],
    ['outage', 'disable', 'unknown'],
    ['error', 'state', 'transient'],
    ['outage', 'state', 'transient'],
    ['rate-limit', 'state', 'rate-limited'],
  ] as const)('%s at %s is %s', async (kind, operation, wanted) => {
    const { connector, order, fault } = await stage();
    fault({ kind, operation, retryAfterMs: 1_500 });
    const failure = await failureOf(connector.apply(order, context()));
    expect(failure.kind).toBe(wanted);
    expect(failure.retryAfterMs).toBe(wanted === 'rate-limited' ? 1_500 : undefined);
  });

  it('is unknown after a timeout, and may still take effect later', async () => {
    const { connector, order, fault, clock } = await stage();
    fault({ kind: 'slow', operation: 'disable', delayMs: 60_000, count: 1 });
    const failure = await failureOf(connector.apply(order, context(100)));
    expect(failure.kind).toBe('unknown');
    expect((await connector.readBack(order, context())).state).toBe('absent');
    await clock.advance(60_000);
    expect((await connector.readBack(order, context())).state).toBe('applied');
  });

  it('sends nothing after its time is over, however many requests it takes', async () => {
    const { connector, order, fault, clock, world } = await stage();
    fault({ kind: 'slow', operation: 'state', delayMs: 60_000, count: 1 });
    const failure = await failureOf(connector.apply(order, context(100)));
    expect(failure.kind).toBe('transient');
    await clock.advance(60_000);
    expect(world.target('git-host').audit.read({ plane: 'control' })).toEqual([]);
  });

  it('makes the read-back unknown, not absent', async () => {
    const { connector, order, fault } = await stage();
    fault({ kind: 'outage', operation: 'state' });
    expect((await connector.readBack(order, context())).state).toBe('unknown');
  });

  it('had no effect when nobody listens', async () => {
    const { connector, order } = await stage();
    for (const close of closing) await close();
    closing = [];
    expect((await failureOf(connector.apply(order, context()))).kind).toBe('transient');
  });

  it('is partial when only some sessions end, and a repeat ends the others', async () => {
    const { connector, order, fault, world } = await stage();
    const quarantine: CutOrder = { ...order, guarantee: 'G3' };
    const { secret } = world.leak('git-host', order.subject);
    for (let login = 0; login < 4; login += 1) {
      await world.data('git-host', { secret, action: 'login', source: 'test' });
    }
    fault({ kind: 'partial', operation: 'kill-sessions', count: 1 });
    const first = await connector.apply(quarantine, context());
    expect(first).toMatchObject({ state: 'partial', done: ['authentication'], unknown: [] });
    expect((await connector.readBack(quarantine, context())).state).toBe('partial');
    expect((await connector.apply(quarantine, context())).state).toBe('done');
    expect((await connector.readBack(quarantine, context())).state).toBe('applied');
  });

  it('refuses what the target cannot do before it asks', async () => {
    const { connector, order } = await stage();
    const nameless = { ...order, subject: { identity: order.subject.identity } };
    expect((await failureOf(connector.apply(nameless, context()))).kind).toBe('refused');
    const probe = {
      target: order.target,
      subject: order.subject,
      guarantee: 'G4',
      method: 'secret',
      vantage: 'test',
    } as const;
    expect((await failureOf(connector.probe(probe, context()))).kind).toBe('refused');
  });
});

describe('a cut of the whole identity where credentials could be told apart', () => {
  it('is given back with the leaked credential alone dead', async () => {
    const { connector, order, clock, world } = await stage();
    const whole: CutOrder = { ...order, grain: 'identity' };
    const { preImage, inverse } = await connector.prepare(whole, context());
    await connector.apply(whole, context());
    await clock.advance(3_001);
    const { parameters: _, ...rest } = whole;
    const back = { ...rest, preImage, inverse: inverse ?? {}, rearmCredential: false };
    expect((await connector.revert(back, context())).state).toBe('done');
    await clock.advance(3_001);
    const target = world.target('git-host');
    const { identity, credential } = order.subject;
    expect(target.effective().identities.get(identity)?.enabled).toBe(true);
    const alive = target.credentialsOf(identity).filter((each) => each.enabled);
    expect(alive.map((each) => each.credential)).not.toContain(credential);
    expect(alive.length).toBe(target.credentialsOf(identity).length - 1);
  });
});
