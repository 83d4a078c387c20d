import { afterEach, describe, expect, it } from 'vitest';
import { createPushableClock, Secret, type PushableClock } from '../kernel/index.ts';
import { serveWorld, type ServedWorld } from './service.ts';
import { createWorld } from './world.ts';

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Stage {
  readonly served: ServedWorld;
  readonly clock: PushableClock;
  readonly call: (
    method: string,
    path: string,
    more?: { readonly bearer?: string; readonly body?: unknown; readonly key?: string },
  ) => Promise<Answer>;
}

let open: ServedWorld[] = [];
afterEach(async () => {
  for (const served of open) await served.close();
  open = [];
});

async function stage(): Promise<Stage> {
  const clock = createPushableClock();
  const world = createWorld({ seed: 5, clock, targets: [{ name: 'ci' }, { name: 'ledger-db' }] });
  const served = await serveWorld(world, { port: 0, adminToken: new Secret('of-the-admin') });
  open.push(served);
  return {
    served,
    clock,
    call: async (method, path, more = {}) => {
      const { bearer = 'of-the-admin', body, key } = more;
      const response = await fetch(`${served.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = text.startsWith('{') && !text.includes('\n') ? text : JSON.stringify({ text });
      const parsed: Answer['body'] = JSON.parse(json);
      return { status: response.status, type: response.headers.get('content-type'), body: parsed };
    },
  };
}

describe('the controls', () => {
  it('run a whole attack', async () => {
    const { call } = await stage();
    const { body: leak } = await call('POST', '/admin/leaks', { body: { target: 'ci' } });
    expect(leak).toMatchObject({ target: 'ci', refs: expect.any(Array) });
    const { identity, credential, secret } = leak;
    const attack = { target: 'ci', credential, script: 'use-at-once' };
    expect((await call('POST', '/admin/attackers', { body: attack })).status).toBe(200);
    await call('POST', '/admin/workloads/start', {});
    await call('POST', '/admin/clock', { body: { advanceMs: 1_000 } });
    expect((await call('GET', '/admin/truth')).body).toMatchObject({
      at: '2026-12-01T03:00:01.000Z',
      attackerHasAccess: true,
      firstRefusalAt: null,
    });
    const { body: targets } = await call('GET', '/admin/targets');
    expect(targets).toMatchObject({ targets: [{ name: 'ci' }, { name: 'ledger-db' }] });
    const token = open[0]?.current().target('ci').account.token ?? '';
    const cut = { bearer: token, key: 'k', body: { identity, credential } };
    expect((await call('POST', '/targets/ci/control/disable', cut)).status).toBe(200);
    await call('POST', '/admin/clock', { body: { advanceMs: 3_000 } });
    const used = await call('POST', '/targets/ci/data/read', { bearer: String(secret) });
    expect(used).toMatchObject({ status: 401, body: { error: 'credential-disabled' } });
    const { body: truth } = await call('GET', '/admin/truth');
    expect(truth).toMatchObject({ attackerHasAccess: false, workloadsBroken: [{ target: 'ci' }] });
    const { body: effects } = await call('GET', '/admin/targets/ci/effects');
    expect(effects).toMatchObject({ effects: [{ verb: 'disable', key: 'k', effects: 1 }] });
    const { body: log } = await call('GET', '/admin/targets/ci/audit?plane=control');
    expect(log).toMatchObject({ entries: [{ verb: 'disable', actor: 'firebreak', key: 'k' }] });
    expect((await call('DELETE', '/admin/attackers/attacker-1')).status).toBe(200);
  });

  it('start again from another seed', async () => {
    const { served, call } = await stage();
    const before = served.current();
    const { body } = await call('POST', '/admin/reset', { body: { seed: 9, targets: ['ci'] } });
    expect(body).toMatchObject({ seed: 9, targets: [{ name: 'ci' }] });
    expect(served.current()).not.toBe(before);
    expect(served.current().clock).toBe(before.clock);
  });

  it.each([
    ['POST', '/admin/attackers', { target: 'ci', script: 'teleport' }, 400, 'world-script-unknown'],
    ['POST', '/admin/attackers', { target: 'nowhere' }, 404, 'world-target-unknown'],
    ['POST', '/admin/attackers', { targt: 'ci' }, 400, 'world-request-invalid'],
    [
      'POST',
      '/admin/attackers',
      { target: 'ci', steps: [{ do: 'dance' }] },
      400,
      'world-request-invalid',
    ],
    [
      'POST',
      '/admin/attackers',
      { target: 'ci', steps: [{ everyMs: 0 }] },
      400,
      'world-request-invalid',
    ],
    ['POST', '/admin/leaks', { target: 'ci', identity: 'nobody' }, 404, 'world-subject-unknown'],
    ['POST', '/admin/leaks', '{"target":', 400, 'world-request-invalid'],
    ['POST', '/admin/leaks', '[]', 400, 'world-request-invalid'],
    ['POST', '/admin/leaks', undefined, 400, 'world-request-invalid'],
    ['POST', '/admin/faults', { kind: 'gremlin' }, 400, 'world-request-invalid'],
    ['POST', '/admin/faults', { kind: 'slow', delayMs: -1 }, 400, 'world-request-invalid'],
    ['POST', '/admin/clock', {}, 400, 'world-request-invalid'],
    ['POST', '/admin/workloads/start', { names: ['x'] }, 404, 'world-subject-unknown'],
    ['DELETE', '/admin/attackers/a', undefined, 404, 'world-subject-unknown'],
    ['DELETE', '/admin/faults/a', undefined, 404, 'world-subject-unknown'],
    ['GET', '/admin/targets/ci/audit?limit=many', undefined, 400, 'world-request-invalid'],
    ['POST', '/targets/ci/data/read', { colour: 'red' }, 400, 'world-request-invalid'],
    ['GET', '/admin/nothing', undefined, 404, 'route-unknown'],
    ['GET', '/', undefined, 404, 'route-unknown'],
    ['GET', '/admin/%zz', undefined, 400, 'world-request-invalid'],
  ])('%s %s with %j: %i %s', async (method, path, body, status, code) => {
    const { call } = await stage();
    const answer = await call(method, path, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ status, body: { code, remedy: expect.any(String) } });
    expect(answer.type).toBe('application/problem+json');
  });

  it('are closed to everybody else', async () => {
    const { served, call } = await stage();
    const { token } = served.current().target('ci').account;
    const admin = await call('GET', '/admin/truth', { bearer: token });
    expect(admin).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const control = await call('GET', '/targets/ledger-db/control/inventory', { bearer: token });
    expect(control).toMatchObject({ status: 401, body: { error: 'token-unknown' } });
  });

  it('act as somebody else, take grants away and change delays', async () => {
    const { served, clock, call } = await stage();
    const target = served.current().target('ci');
    const settings = { grants: ['identity:read'], minMs: 60_000, maxMs: 60_000 };
    await call('POST', '/admin/targets/ci/settings', { body: settings });
    const { identity, credential } = served.current().leak('ci');
    const body = { identity, credential };
    const own = { bearer: target.account.token, body };
    const refused = await call('POST', '/targets/ci/control/disable', own);
    expect(refused).toMatchObject({ status: 403, body: { grant: 'identity:suspend' } });
    await call('POST', '/admin/targets/ci/control/disable', {
      body: { ...body, actor: 'mallory' },
    });
    expect(target.audit.read({ actor: 'mallory' })).toHaveLength(1);
    await clock.advance(59_999);
    expect(target.effective().credentials.get(credential)?.enabled).toBe(true);
    await clock.advance(1);
    expect(target.effective().credentials.get(credential)?.enabled).toBe(false);
    const made = { identity: 'canary', credentials: 2 };
    const added = await call('POST', '/admin/targets/ci/identities', { body: made });
    expect(added.body['credentials']).toHaveLength(2);
    expect((await call('POST', '/admin/targets/ci/identities', { body: made })).status).toBe(400);
  });

  it('give the inventory as lines', async () => {
    const { call } = await stage();
    const { type, body } = await call('GET', '/admin/inventory');
    expect(type).toBe('application/x-ndjson');
    expect(String(body['text']).split('\n').length).toBeGreaterThan(50);
  });
});

describe('faults', () => {
  const strike = async (
    fault: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly said: string; readonly enabled: () => unknown; readonly stage: Stage }> => {
    const made = await stage();
    const world = made.served.current();
    const leak = world.leak('ci');
    const body = { target: 'ci', plane: 'control', operation: 'disable', ...fault };
    expect((await made.call('POST', '/admin/faults', { body })).status).toBe(200);
    const { token } = world.target('ci').account;
    const { identity, credential } = leak;
    const cut = made.call('POST', '/targets/ci/control/disable', {
      bearer: token,
      body: { identity, credential },
    });
    if (fault['kind'] === 'slow') {
      // Lets the request arrive before time is moved: a read on another connection overtakes it otherwise.
      while (world.faults.list()[0]?.hits === 0) await made.clock.advance(0);
    }
    const enabled = (): unknown =>
      world.target('ci').configured.credentials.get(credential)?.enabled;
    const said =
      fault['kind'] === 'slow'
        ? 'pending'
        : await cut.then(
            (answer) => String(answer.status),
            () => 'dropped',
          );
    if (fault['kind'] === 'slow') {
      expect(enabled()).toBe(true);
      await made.clock.advance(5_000);
      await cut;
    }
    return { said, enabled, stage: made };
  };

  it.each([
    ['error', '500', true],
    ['error-after-effect', '500', false],
    ['not-applied', '503', true],
    ['lost-reply', 'dropped', false],
    ['rate-limit', '429', true],
    ['outage', 'dropped', true],
    ['slow', 'pending', false],
    ['partial', '200', false],
  ])('%s: the caller sees %s', async (kind, wanted, stillEnabled) => {
    const { said, enabled } = await strike({ kind });
    expect(said).toBe(wanted);
    expect(enabled()).toBe(stillEnabled);
  });

  it('end by count and can be taken away', async () => {
    const { stage: made } = await strike({ kind: 'error', count: 1 });
    const faults = made.served.current().faults;
    expect(faults.strike('ci', 'control', 'disable')).toBeNull();
    await made.call('POST', '/admin/faults', { body: { kind: 'outage' } });
    expect(faults.strike('ci', 'data', 'read')?.kind).toBe('outage');
    await made.call('DELETE', '/admin/faults/fault-2');
    expect(faults.strike('ci', 'data', 'read')).toBeNull();
  });

  it('partial ends only some sessions', async () => {
    const { served, clock } = await stage();
    const world = served.current();
    const leak = world.leak('ci');
    for (let login = 0; login < 4; login += 1) {
      await world.data('ci', { secret: leak.secret, action: 'login', source: 'test' });
    }
    world.faults.add({ target: 'ci', plane: 'control', operation: '*', kind: 'partial', count: 1 });
    const { identity, credential } = leak;
    const kill = {
      verb: 'kill-sessions',
      subject: { identity, credential },
      key: null,
      actor: 'a',
    } as const;
    const reply = await world.control('ci', kill);
    expect(reply.status).toBe(207);
    expect(reply.body['ended']).toHaveLength(2);
    expect(reply.body['notEnded']).toHaveLength(2);
    expect((await world.control('ci', kill)).body['ended']).toHaveLength(2);
    await clock.advance(0);
  });
});
