import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type pg from 'pg';
import { createInventory, inventoryMigrations } from '../../inventory/index.ts';
import { partsForTest } from '../../inventory/testing.ts';
import { present, type JsonObject } from '../../kernel/index.ts';
import { createSqliteForTest } from '../../store/testing.ts';
import { ConnectorFailure, type CallContext, type Connector, type Rotation } from '../contract.ts';
import { guard } from './cutting.ts';
import { connectPostgres, type PostgresAccess } from './index.ts';
import { textIn, type RoleState } from './roles.ts';
import {
  type AccountForTest,
  describeWithPostgres,
  makeAccount,
  refusalFrom,
  startTarget,
  type PostgresTargetForTest,
} from './testing.ts';

let target: PostgresTargetForTest;
const closing: (() => Promise<unknown>)[] = [];
const SECRET = 'password-of-the-service-EXAMPLE';
const NEXT = 'password-of-its-twin-now-EXAMPLE';

async function connected(
  choice: Partial<PostgresAccess> = {},
): Promise<{ readonly connector: Connector; readonly account: AccountForTest }> {
  const account = await makeAccount(target);
  const { url, controlUrl } = account;
  const connector = await connectPostgres({ target: 'orders-db', url, controlUrl, ...choice });
  closing.push(async () => connector.close?.());
  return { connector, account };
}

async function loggedIn(role: string, password: string): Promise<pg.Client> {
  const client = await target.login(role, password);
  closing.push(() => client.end().catch(() => undefined));
  return client;
}

function context(): CallContext {
  return { idempotencyKey: 'k', timeoutMs: 5_000 };
}

async function kindOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return error instanceof ConnectorFailure ? error.kind : 'other';
  }
}

async function linesOf(connector: Connector): Promise<readonly JsonObject[]> {
  const lines: JsonObject[] = [];
  const list = present(connector.inventory, 'it brings an inventory');
  for await (const line of list(context())) lines.push(line);
  return lines;
}

describeWithPostgres('beside the cuts', () => {
  beforeAll(async () => {
    target = await startTarget();
    await target.administer(`
      create role billing login password '${SECRET}' valid until '2031-05-01 00:00:00+00';
      create role "re:porting ""x""" login password '${SECRET}';
      create role readers; create table invoices(item text); create table plain(item text);
      grant select on invoices to readers; grant insert, select on invoices to billing;
      grant readers to billing, "re:porting ""x""";
      alter default privileges for role billing grant select on tables to readers`);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    await target.server.stop();
  });

  describe('an inventory', () => {
    it('is taken in whole by the import, and says who uses what and reaches what', async () => {
      const { connector, account } = await connected();
      const client = await loggedIn('billing', SECRET);
      await client.query(`set application_name = 'invoice-run'`);
      const lines = await linesOf(connector);
      const store = await createSqliteForTest();
      const inventory = createInventory(await partsForTest(store, inventoryMigrations));
      const options = { source: 'orders-db', mode: 'snapshot' } as const;
      const [all, seen] = [false, true].map((wanted) =>
        lines.filter((line) => (line['source'] === 'observed') === wanted),
      );
      const report = await inventory.importRecords(all ?? [], options);
      await inventory.importRecords(seen ?? [], { source: 'orders-db/observed' });
      expect(report).toMatchObject({ rejected: [], rejectedCount: 0, pending: 0 });
      const found = await inventory.find('orders-db:credential:billing/password');
      expect(found.identity).toMatchObject({ name: 'billing', target: 'orders-db' });
      expect(found.credential).toMatchObject({ expiresAt: '2031-05-01T00:00:00.000Z' });
      expect(found.credential?.lastUsedAt).not.toBeNull();
      const odd = await inventory.find('orders-db:identity:re:porting "x"');
      expect(odd.identity.name).toBe('re:porting "x"');
      const own = await inventory.find(`orders-db:identity:${account.account}`);
      expect(own.identity.tags).toEqual(['administrator', 'firebreak']);
      const told = lines.flatMap((line) =>
        line['type'] === 'edge'
          ? [['from', 'relation', 'to'].map((end) => textIn(line, end)).join(' ')]
          : [],
      );
      expect(told).toEqual(
        expect.arrayContaining([
          'orders-db:identity:billing assumes orders-db:identity:readers',
          'orders-db:identity:billing reaches orders-db:relation:postgres.public.invoices',
          'orders-db:identity:readers reads orders-db:relation:postgres.public.invoices',
          'orders-db:consumer:invoice-run at 127.0.0.1 uses orders-db:credential:billing/password',
        ]),
      );
      // What the suspect's sessions are not: those of Firebreak itself.
      expect(told.join('\n')).not.toContain('consumer:firebreak');
      const again = (await linesOf(connector)).filter((line) => line['source'] !== 'observed');
      const repeated = await inventory.importRecords(again, options);
      expect(repeated).toMatchObject({ added: 0, changed: 0, gone: 0 });
    });

    it('fails as a call does when the server is not there', async () => {
      const { connector } = await connected();
      const given = { ...context(), signal: AbortSignal.abort() };
      const list = present(connector.inventory, 'it brings an inventory')(given);
      expect(await kindOf(list[Symbol.asyncIterator]().next())).toBe('transient');
    });
  });

  it('tells sessions of one role apart by program and place', async () => {
    const { connector } = await connected();
    const client = await loggedIn('billing', SECRET);
    await client.query(`set application_name = 'invoice-run'`);
    const { sessions } = await connector.discover({ identity: 'billing' }, context());
    expect(sessions).toMatchObject([
      {
        identity: 'billing',
        facts: { applicationName: 'invoice-run', sourceAddress: '127.0.0.1', database: 'postgres' },
      },
    ]);
  });

  it('takes rights and settings as evidence, and no statement that may hold a secret', async () => {
    const { connector } = await connected();
    const client = await loggedIn('billing', SECRET);
    await client.query(`select 'password=hunter2-EXAMPLE'`);
    const other = await loggedIn('billing', SECRET);
    await other.query('select count(*) from plain').catch(() => undefined);
    const items = await connector.captureEvidence({ identity: 'billing' }, context());
    const of = (name: string): unknown => items.find((item) => item.name === name)?.content;
    expect(of('grants')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ relation: 'invoices', privilege: 'INSERT' }),
      ]),
    );
    expect(of('default-privileges')).toMatchObject([{ of_role: 'billing' }]);
    expect(JSON.stringify(of('recent-activity'))).toContain('select count(*) from plain');
    expect(JSON.stringify(items)).not.toContain('hunter2');
    expect(items.find((item) => item.name === 'past-logins')?.missing).toBeDefined();
  });

  describe('its own account', () => {
    it('has what it needs and nothing more', async () => {
      const { connector, account } = await connected();
      const check = await connector.checkPrivileges?.(context());
      expect(check).toEqual({ actsAs: account.account, missing: [], excess: [] });
    });

    it('is told what is missing and what is too much, with the statements that mend it', async () => {
      const { connector, account } = await connected();
      const own = `"${account.account}"`;
      await target.administer(`
        revoke pg_signal_backend, pg_read_all_stats from ${own}; alter role ${own} nocreaterole createdb;
        grant readers to ${own}; grant select on plain to ${own}`);
      const check = present(await connector.checkPrivileges?.(context()), 'it checks');
      expect(check.missing.map(({ remedy }) => remedy)).toEqual(
        connector.describe().leastPrivilege,
      );
      expect(check.excess.map(({ right }) => right)).toEqual([
        'CREATEDB',
        'member of readers',
        'privileges on public.plain',
      ]);
      for (const { remedy } of [...check.missing, ...check.excess]) await target.administer(remedy);
      expect(await connector.checkPrivileges?.(context())).toMatchObject({
        missing: [],
        excess: [],
      });
    });

    it('may not be the control as well, and has to reach a server', async () => {
      const { url, controlUrl } = await makeAccount(target);
      expect(await kindOf(connectPostgres({ target: 't', url, controlUrl: url }))).toBe('refused');
      expect(await kindOf(connectPostgres({ target: 't', url: controlUrl, controlUrl }))).toBe(
        'refused',
      );
    });
  });

  describe('a twin', () => {
    const minting = { target: 'orders-db', label: 'r1', secret: NEXT } as const;

    async function pair(role: string): Promise<{
      readonly connector: Connector;
      readonly rotation: Rotation;
      readonly subject: { readonly identity: string };
    }> {
      await target.administer(`
        create role ${role} login password '${SECRET}'; create table of_${role}(item text);
        alter table of_${role} owner to ${role}`);
      const { connector } = await connected();
      const rotation = present(connector.rotation, 'it rotates');
      return { connector, rotation, subject: { identity: role } };
    }

    it('does what the old role did, under its name, until the old one is retired', async () => {
      const { rotation, subject, connector } = await pair('shipping');
      expect(rotation.overlap).toBe('twin');
      const first = await rotation.mint({ ...minting, subject }, context());
      expect(first).toMatchObject({
        state: 'done',
        secret: NEXT,
        subject: { identity: 'shipping_r1', credential: 'shipping_r1/password' },
      });
      expect((await rotation.mint({ ...minting, subject }, context())).state).toBe('already');
      const [old, twin] = [await loggedIn('shipping', SECRET), await loggedIn('shipping_r1', NEXT)];
      await twin.query('create table made_by_twin(item text)').catch(() => undefined);
      await twin.query('insert into of_shipping values (1)');
      const { rows } = await twin.query<JsonObject>(
        'select current_user::text as now, session_user::text as login',
      );
      expect(rows).toEqual([{ now: 'shipping', login: 'shipping_r1' }]);
      expect(await refusalFrom(old.query('select 1'))).toBeNull();

      const retiring = { target: 'orders-db', subject, replacement: first.subject };
      expect((await rotation.retire(retiring, context())).state).toBe('done');
      expect((await rotation.retire(retiring, context())).state).toBe('already');
      expect(await refusalFrom(loggedIn('shipping', SECRET))).toBe('28000');
      expect(await refusalFrom(twin.query('insert into of_shipping values (2)'))).toBeNull();
      expect(await refusalFrom(loggedIn('shipping_r1', NEXT))).toBeNull();
      // What Firebreak minted is no respawn.
      const { credentials } = await connector.discover({ identity: 'shipping_r1' }, context());
      expect(credentials[0]?.mintedBy).toBe(connector.describe().actsAs);
      expect((await rotation.revive?.(retiring, context()))?.state).toBe('done');
      expect(await refusalFrom(loggedIn('shipping', SECRET))).toBeNull();
    });

    it('of a twin is one of the first role, which goes on to own everything', async () => {
      const { rotation, subject } = await pair('packing');
      const first = await rotation.mint({ ...minting, subject }, context());
      const again = { ...minting, label: 'r2', subject: first.subject };
      const second = await rotation.mint(again, context());
      expect(second.subject.identity).toBe('packing_r2');
      const twin = await loggedIn('packing_r2', NEXT);
      const { rows } = await twin.query<JsonObject>('select current_user::text as now');
      expect(rows).toEqual([{ now: 'packing' }]);
      const pairOf = { subject: first.subject, replacement: second.subject };
      const retiring = { target: 'orders-db', ...pairOf };
      expect((await rotation.retire(retiring, context())).state).toBe('done');
      expect(await refusalFrom(loggedIn('packing_r1', NEXT))).toBe('28000');
      expect(await refusalFrom(twin.query('insert into of_packing values (1)'))).toBeNull();
    });

    it('is seen in use by program, as the old role is', async () => {
      const { rotation, subject } = await pair('loyalty');
      const { subject: next } = await rotation.mint({ ...minting, subject }, context());
      const query = {
        target: 'orders-db',
        subjects: [subject, next],
        since: new Date(0).toISOString(),
      };
      const uses = present(rotation.uses, 'it sees who uses what');
      expect(await uses(query, context())).toEqual([]);
      const [old, twin] = [await loggedIn('loyalty', SECRET), await loggedIn('loyalty_r1', NEXT)];
      await old.query(`set application_name = 'nightly'`);
      await twin.query(`set application_name = 'web'`);
      expect(await uses(query, context())).toMatchObject([
        { subject: { identity: 'loyalty' }, consumer: 'nightly' },
        { subject: { identity: 'loyalty_r1', credential: 'loyalty_r1/password' }, consumer: 'web' },
      ]);
      const [first] = await uses(query, context());
      expect(await uses({ ...query, since: '2999-01-01T00:00:00Z' }, context())).toEqual([]);
      expect(first?.lastAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
    });

    it('outlives the revocation of the old role', async () => {
      const { rotation, subject, connector } = await pair('returns');
      await rotation.mint({ ...minting, subject }, context());
      const order = { target: 'orders-db', subject, grain: 'identity', parameters: {} } as const;
      await connector.apply({ ...order, guarantee: 'G5' }, context());
      const twin = await loggedIn('returns_r1', NEXT);
      expect(await refusalFrom(twin.query('insert into of_returns values (1)'))).toBeNull();
    });

    it('never takes over a role that is not its own, nor retires for one that cannot stand in', async () => {
      const { rotation, subject } = await pair('stock');
      await target.administer('create role stock_r1 login');
      expect(await kindOf(rotation.mint({ ...minting, subject }, context()))).toBe('refused');
      const replacement = { identity: 'stock_r1' };
      const retiring = { target: 'orders-db', subject, replacement };
      expect(await kindOf(rotation.retire(retiring, context()))).toBe('refused');
      const { secret: _, ...secretless } = minting;
      expect(await kindOf(rotation.mint({ ...secretless, subject }, context()))).toBe('refused');
      const odd = { ...minting, label: "r1'; drop role stock; --", subject };
      expect(await kindOf(rotation.mint(odd, context()))).toBe('refused');
    });
  });
});

describe('a superuser', () => {
  const role: RoleState = {
    oid: '16500',
    name: 'root',
    superuser: true,
    createRole: true,
    createDb: true,
    canLogin: true,
    replication: false,
    bypassRls: false,
    connectionLimit: -1,
    validUntil: null,
    comment: '',
    memberships: [],
    sessions: [],
    otherSuperusers: 1,
  };
  const profile = {
    target: 'orders-db',
    account: 'responder',
    control: 'control',
    version: 150_020,
    inside: null,
    suspension: 'nologin',
    rotation: 'twin',
    powerful: [],
  } as const;

  it('is not cut when no other one could log in', () => {
    expect(() => {
      guard(role, 'G4', profile);
    }).not.toThrow();
    for (const guarantee of ['G4', 'G5'] as const) {
      expect(() => {
        guard({ ...role, otherSuperusers: 0 }, guarantee, profile);
      }).toThrow(/last superuser/u);
    }
  });
});
