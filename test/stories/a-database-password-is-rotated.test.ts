import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/app/index.ts';
import { connectPostgres } from '../../src/connectors/postgres/index.ts';
import {
  describeWithPostgres,
  makeAccount,
  type PostgresTargetForTest,
  refusalFrom,
  startTarget,
} from '../../src/connectors/postgres/testing.ts';
import { createEnvFileStore, createPgpassStore } from '../../src/handover/index.ts';
import type { CredentialRecord } from '../../src/inventory/index.ts';
import { cleanUp, createDirectoryForTest } from '../../src/store/testing.ts';
import {
  type LiveConsumer,
  type LiveSession,
  type LiveStory,
  type Login,
  renewedIn,
  startConsumer,
  syncLive,
  syncUntilSeen,
  tellLive,
  twinIn,
  untilLive,
} from './harness/live.ts';
import { MIA } from './harness/rotating.ts';

const TARGET = 'orders-db';
const ROLE = 'orders';
const OLD = 'first-password-of-orders-EXAMPLE';

let server: PostgresTargetForTest;

async function open(login: Login, program: string): Promise<LiveSession> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: login.account,
    password: login.password,
    database: 'postgres',
    application_name: program,
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    use: async () => {
      await client.query('insert into items values (1)');
    },
    end: () => client.end(),
  };
}

interface Setting {
  readonly engine: Engine;
  readonly story: LiveStory;
  /** Reads its environment file before each session. */
  readonly api: LiveConsumer;
  /** Takes the first line for its server from a .pgpass. */
  readonly report: LiveConsumer;
  readonly files: { readonly env: string; readonly pgpass: string };
}

async function setUp(isSilent = false): Promise<Setting> {
  await server.administer(`
    drop table if exists items; drop role if exists ${ROLE};
    create role ${ROLE} login password '${OLD}'; create table items(n int);
    alter table items owner to ${ROLE}`);
  const directory = createDirectoryForTest();
  const files = { env: join(directory, 'orders.env'), pgpass: join(directory, '.pgpass') };
  const where = `127.0.0.1:${server.port}:postgres`;
  writeFileSync(files.env, `# of orders\nPGUSER=${ROLE}\nPGPASSWORD=${OLD}\n`);
  writeFileSync(files.pgpass, `${where}:${ROLE}:${OLD}\n`, { mode: 0o600 });
  const { url, controlUrl } = await makeAccount(server);
  const connector = await connectPostgres({ target: TARGET, url, controlUrl });
  cleanUp(async () => connector.close?.());
  const [envPlace, passPlace] = [
    { store: 'env', key: 'PGPASSWORD', accountKey: 'PGUSER' },
    { store: 'pass', key: `${where}:${ROLE}` },
  ];
  const story: LiveStory = {
    target: TARGET,
    connector,
    handovers: {
      stores: new Map([
        ['env', createEnvFileStore(files.env)],
        ['pass', createPgpassStore(files.pgpass)],
      ]),
      bindings: [
        { consumer: 'api at 127.0.0.1', target: TARGET, place: envPlace, seenAs: 'api' },
        { consumer: 'report at 127.0.0.1', target: TARGET, place: passPlace, seenAs: 'report' },
      ],
    },
    rotationSettings: {
      acknowledgeMs: isSilent ? 1_500 : 20_000,
      quietMs: 400,
      observeMs: 50,
    },
  };
  const engine = await tellLive(story);
  const fromEnv = (): Login => {
    const value = (name: string): string =>
      new RegExp(`^${name}=(.*)$`, 'mu').exec(readFileSync(files.env, 'utf8'))?.[1] ?? '';
    return { account: value('PGUSER'), password: value('PGPASSWORD') };
  };
  const fromPgpass = (): Login => {
    const [line = ''] = readFileSync(files.pgpass, 'utf8').split('\n');
    const [, , , account = '', password = ''] = line.split(':');
    return { account, password };
  };
  const remembered = fromPgpass();
  const api = startConsumer(fromEnv, (login) => open(login, 'api'));
  const report = startConsumer(isSilent ? () => remembered : fromPgpass, (login) =>
    open(login, 'report'),
  );
  await Promise.all([api.until(1), report.until(1)]);
  await syncUntilSeen(engine, story);
  return { engine, story, api, report, files };
}

async function rotate(engine: Engine, ref = `${TARGET}:identity:${ROLE}`): Promise<string> {
  const request = { ref, emergency: false, dryRun: false, reason: 'yearly' };
  const answer = await engine.response.rotate(request, MIA);
  expect(answer).toMatchObject({ outcome: 'started', plan: { withoutStore: [], byHand: [] } });
  return answer.rotation?.id ?? '';
}

/** The inventory as it is once the rotation is over: the credentials of the new account. */
async function expectKnown(engine: Engine, twin: string): Promise<readonly CredentialRecord[]> {
  const { inventory } = engine;
  const old = await inventory.find(`${TARGET}:credential:${ROLE}/password`);
  expect(old.credential?.gone?.source).toBe(`${TARGET}/rotation`);
  const { identity } = await inventory.find(`${TARGET}:credential:${twin}/password`);
  expect(identity.name).toBe(twin);
  const credentials = await inventory.credentials(identity.id);
  expect(credentials.map(({ gone, kind }) => [gone ?? null, kind])).toEqual([[null, 'password']]);
  return credentials;
}

// One store is enough: what the stories show on both is the engine; this one is about a real server.
describeWithPostgres('the password of a real PostgreSQL role', () => {
  beforeAll(async () => {
    server = await startTarget();
  });
  afterAll(() => server.server.stop());

  it('is rotated under the hands of its consumers, and none of them is refused', async () => {
    const { engine, story, api, report, files } = await setUp();
    const id = await rotate(engine);
    const done = await untilLive(engine, id, ({ status }) => status !== 'running');
    expect(done.sentence).toContain('done');
    const step = renewedIn(done);
    const twin = twinIn(step);
    expect(step).toMatchObject({ status: 'retired' });
    const states = new Map(step.consumers.map(({ name, state }) => [name, state]));
    expect(states.get('api at 127.0.0.1')).toBe('acknowledged');
    expect(states.get('report at 127.0.0.1')).toBe('acknowledged');
    // The old one ends after both were seen at the new one, as the server's own clock says.
    for (const { newSeenAt, deliveredAt } of step.consumers) {
      expect(Date.parse(newSeenAt ?? '')).toBeGreaterThanOrEqual(Date.parse(deliveredAt ?? ''));
    }
    expect(await refusalFrom(server.login(ROLE, OLD))).toBe('28000');
    for (const consumer of [api, report]) {
      const before = consumer.logins.get(twin) ?? 0;
      expect(before).toBeGreaterThan(0);
      expect([...consumer.logins.keys()]).toEqual([ROLE, twin]);
    }
    expect(readFileSync(files.env, 'utf8')).toContain(`# of orders\nPGUSER=${twin}\n`);
    await Promise.all([api.until(20), report.until(20)]);
    expect([...api.refusals, ...report.refusals]).toEqual([]);
    // What they made since then belongs to the role that it always belonged to.
    const owners = await server.administer(
      `select tableowner from pg_tables where tablename = 'items'`,
    );
    expect(owners).toEqual([{ tableowner: ROLE }]);
    await expectKnown(engine, twin);
    await syncLive(engine, story);
    const [only, ...more] = await expectKnown(engine, twin);
    expect(more).toEqual([]);
    expect(new Set(only?.sources)).toEqual(
      new Set([TARGET, `${TARGET}/observed`, `${TARGET}/rotation`]),
    );
  });

  it('is rotated again before anybody has asked the server: its consumers are known', async () => {
    const { engine, api, report } = await setUp();
    const first = await rotate(engine);
    const once = await untilLive(engine, first, ({ status }) => status !== 'running');
    const twin = twinIn(renewedIn(once));
    const second = await rotate(engine, `${TARGET}:identity:${twin}`);
    const twice = await untilLive(engine, second, ({ status }) => status !== 'running');
    const step = renewedIn(twice);
    expect(step).toMatchObject({ status: 'retired', name: twin });
    expect(step.consumers.map(({ state }) => state)).toEqual(['acknowledged', 'acknowledged']);
    const [owner] = await server.administer(
      `select tableowner from pg_tables where tablename = 'items'`,
    );
    expect(owner).toEqual({ tableowner: ROLE });
    expect([...api.refusals, ...report.refusals]).toEqual([]);
  });

  it('stays good while one consumer does not move, and people are asked', async () => {
    const { engine, api, report } = await setUp(true);
    const id = await rotate(engine);
    const stopped = await untilLive(engine, id, ({ status }) => status !== 'running');
    expect(stopped.question).toMatchObject({ kind: 'missing-acknowledgement' });
    expect(stopped.question?.text).toContain('report at 127.0.0.1');
    expect(await refusalFrom(server.login(ROLE, OLD))).toBeNull();
    const number = stopped.question?.number ?? 0;
    await engine.response.answerRotation({ rotation: id, question: number, choice: 'leave' }, MIA);
    const done = await untilLive(engine, id, ({ status }) => status === 'done');
    expect(renewedIn(done)).toMatchObject({ status: 'kept' });
    expect(await refusalFrom(server.login(ROLE, OLD))).toBeNull();
    expect([...report.logins.keys()]).toEqual([ROLE]);
    expect([...api.refusals, ...report.refusals]).toEqual([]);
  });
});
