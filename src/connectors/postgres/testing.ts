import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe } from 'vitest';
import { Secret } from '../../kernel/index.ts';
import { launchPostgres, POSTGRES_MISSING, type PostgresForTest } from '../../store/testing.ts';
import { quoted } from './quoting.ts';

/** A wire between connector and server that can be broken, and that counts what passes. */
export interface Wire {
  readonly port: number;
  /** Changes of roles that passed, by statement. */
  readonly sent: ReadonlyMap<string, number>;
  /** The next commit passes, its answer does not. */
  readonly loseNextCommit: () => void;
  readonly setDown: (down: boolean) => void;
  /** Nothing comes through, and nobody says so. */
  readonly setMute: (mute: boolean) => void;
  readonly close: () => Promise<void>;
}

export async function layWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const sent = new Map<string, number>();
  let losing = false;
  let down = false;
  let mute = false;
  const server = createServer((client) => {
    if (down) {
      client.destroy();
      return;
    }
    const upstream = connect(to, '127.0.0.1');
    let lost = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    client.on('data', (part) => {
      const text = part.toString('utf8');
      for (const [statement] of text.matchAll(/(?:ALTER ROLE|REVOKE|GRANT) [^\0]+/gu)) {
        sent.set(statement, (sent.get(statement) ?? 0) + 1);
      }
      if (losing && /\0commit|^Q.{4}commit/su.test(text)) {
        losing = false;
        lost = true;
      }
      if (!mute) upstream.write(part);
    });
    upstream.on('data', (part) => {
      if (lost) client.destroy();
      else client.write(part);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sent,
    loseNextCommit: () => {
      losing = true;
    },
    setDown: (value) => {
      down = value;
      if (down) for (const socket of sockets) socket.destroy();
    },
    setMute: (value) => {
      mute = value;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

const SUPERUSER = 'firebreak';
/** Nobody but the superuser comes in without a password, as on a server that is worth protecting. */
const RULES = `host all ${SUPERUSER} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n`;

export interface PostgresTargetForTest {
  readonly server: PostgresForTest;
  readonly port: number;
  readonly administer: (sql: string) => Promise<readonly unknown[]>;
  readonly login: (role: string, password: string, port?: number) => Promise<pg.Client>;
}

/** In CI nothing may be skipped: there the start of the server fails. */
export function describeWithPostgres(name: string, body: () => void): void {
  const skip = POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';
  describe.skipIf(skip)(`${name}${skip ? ` (${POSTGRES_MISSING})` : ''}`, () => {
    body();
  });
}

/** A throw-away server as a target: passwords are asked for. */
export async function startTarget(
  settings: readonly string[] = [],
): Promise<PostgresTargetForTest> {
  const server = await launchPostgres({
    settings: ['fsync=off', ...settings],
  });
  writeFileSync(join(server.directory, 'data', 'pg_hba.conf'), RULES);
  await server.administer('select pg_reload_conf()');
  const port = Number(new URL(server.url).port);
  return {
    server,
    port,
    administer: (sql) => server.administer(sql),
    login: async (role, password, at = port) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: at,
        user: role,
        password,
        database: 'postgres',
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
  };
}

export interface AccountForTest {
  readonly account: string;
  readonly url: Secret;
  readonly controlUrl: Secret;
  readonly secrets: readonly string[];
}

let accounts = 0;

/** An account with what a connector needs, and a control, new for each connector. */
export async function makeAccount(
  target: PostgresTargetForTest,
  port = target.port,
): Promise<AccountForTest> {
  accounts += 1;
  const [account, control] = [`responder_${accounts}`, `control_${accounts}`];
  const secrets = [`account-pass-${accounts}-EXAMPLE`, `control-pass-${accounts}-EXAMPLE`];
  const [own = '', other = ''] = secrets;
  await target.administer(`
    create role ${quoted(account)} login createrole password '${own}';
    grant pg_signal_backend, pg_read_all_stats to ${quoted(account)};
    create role ${quoted(control)} login password '${other}'`);
  const urlOf = (role: string, secret: string): Secret =>
    new Secret(`postgres://${role}:${secret}@127.0.0.1:${port}/postgres`);
  return { account, url: urlOf(account, own), controlUrl: urlOf(control, other), secrets };
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Null when it succeeded, else what the server said. */
export async function refusalFrom(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return codeOf(error) || 'gone';
  }
}
