// A throw-away Redis: own port, own directory, gone when the tests are. And a wire to it that can be disturbed.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Secret } from '../../kernel/index.ts';
import { LoginRefused, withSession, type Endpoint, type Login } from './client.ts';
import { ErrorReply, type Command, type Reply } from './resp.ts';
import { NEEDED_RIGHTS } from './rights.ts';

const HOST = '127.0.0.1';
const ADMIN_PASSWORD = 'fake-admin-password';
const START_ATTEMPTS_MAX = 200;
const PAUSE_MS = 25;
const TIMEOUT_MS = 5_000;

function findRedis(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'redis-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Why tests with a real server cannot run; continuous integration refuses to skip them. */
export const REDIS_MISSING =
  findRedis() === undefined && process.env['CI'] !== 'true'
    ? 'redis-server is not installed (Debian: apt-get install redis-server)'
    : undefined;

export interface RedisForTest {
  readonly endpoint: Endpoint;
  /** As the default user; an error answer is thrown. */
  readonly administer: (...command: Command) => Promise<Reply>;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** What is on disk. */
  readonly savedUsers: () => string;
}

export interface RedisOptions {
  /** Where users are kept; `none` keeps them in memory. */
  readonly users?: 'aclfile' | 'config' | 'none';
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function listenAnywhere(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenAnywhere(server);
  await closed(server);
  return port;
}

export function loginOf(user: string, password: string, as = 'test'): Login {
  return { user, password: new Secret(password), as };
}

/** One command of one user over a connection of its own. */
export function runAs(endpoint: Endpoint, login: Login, command: Command): Promise<Reply> {
  const context = { idempotencyKey: 'test', timeoutMs: TIMEOUT_MS };
  return withSession(
    endpoint,
    login,
    { ...context, signal: AbortSignal.timeout(TIMEOUT_MS) },
    async ({ send }) => (await send([command]))[0] ?? null,
  );
}

function argumentsFor(directory: string, port: number, users: 'aclfile' | 'config' | 'none') {
  const options = ['--port', String(port), '--bind', HOST, '--dir', directory, '--save', ''];
  options.push('--pidfile', join(directory, 'redis.pid'));
  const admin = `user default on >${ADMIN_PASSWORD} ~* &* +@all`;
  if (users === 'aclfile') {
    const file = join(directory, 'users.acl');
    writeFileSync(file, `${admin}\n`);
    return [...options, '--aclfile', file];
  }
  const file = join(directory, 'redis.conf');
  writeFileSync(file, `${admin}\n`);
  // Without a file of its own a server cannot write its users anywhere.
  return users === 'config'
    ? [file, ...options]
    : [...options, '--user', ...admin.split(' ').slice(1)];
}

/** Ends the server and removes its data when this process is gone, however it went: its end of the pipe closes. */
const WATCHDOG = `cat > /dev/null
pid=$(cat "$1/redis.pid" 2> /dev/null) && kill -KILL "$pid"
rm -rf "$1"`;

function startWatchdog(directory: string): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  // A pipe has unref(), its type does not say so.
  (watchdog.stdin as unknown as { readonly unref: () => void }).unref();
  return watchdog;
}

export async function launchRedis({ users = 'aclfile' }: RedisOptions = {}): Promise<RedisForTest> {
  const program = findRedis();
  if (program === undefined) throw new Error('redis-server is not installed');
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-redis-'));
  const port = await freePort();
  const endpoint = { host: HOST, port, secure: false };
  const args = argumentsFor(directory, port, users);
  const administer = async (...command: Command): Promise<Reply> => {
    const reply = await runAs(endpoint, loginOf('default', ADMIN_PASSWORD), command);
    if (reply instanceof ErrorReply) throw new Error(reply.text);
    return reply;
  };
  let server: ChildProcess | null = null;
  const watchdog = startWatchdog(directory);
  const start = async (): Promise<void> => {
    server = spawn(program, args, { stdio: 'ignore', cwd: directory });
    for (let attempt = 1; ; attempt += 1) {
      try {
        await administer('PING');
        return;
      } catch (error) {
        if (attempt >= START_ATTEMPTS_MAX) throw error;
        await pause(PAUSE_MS);
      }
    }
  };
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      const child = server;
      server = null;
      if (child === null || child.exitCode !== null || child.signalCode !== null) {
        resolve();
        return;
      }
      child.once('exit', () => {
        resolve();
      });
      child.kill('SIGKILL');
    });
  await start();
  return {
    endpoint,
    administer,
    kill,
    start,
    stop: async () => {
      await kill();
      watchdog.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
    savedUsers: () =>
      readFileSync(join(directory, users === 'aclfile' ? 'users.acl' : 'redis.conf'), 'utf8'),
  };
}

/** What a login and one use of it get: an error code, or `let in`. */
export async function loginCode(
  redis: RedisForTest,
  user: string,
  password: string,
): Promise<string> {
  try {
    const reply = await runAs(redis.endpoint, loginOf(user, password), ['GET', 'any']);
    return reply instanceof ErrorReply ? reply.code : 'let in';
  } catch (error) {
    if (error instanceof LoginRefused) return error.code;
    throw error;
  }
}

const ACCOUNT_PASSWORD = 'fake-account-password';
const CONTROL_PASSWORD = 'fake-control-password';

/** Firebreak's account with the least privilege, and its control. */
export async function createAccounts(
  redis: RedisForTest,
  save: 'acl|save' | 'config|rewrite' = 'acl|save',
): Promise<{ readonly url: Secret; readonly controlUrl: Secret }> {
  const rights = [...NEEDED_RIGHTS, save].map((right) => `+${right}`);
  const { administer, endpoint } = redis;
  await administer('ACL', 'SETUSER', 'firebreak', 'reset', 'on', `>${ACCOUNT_PASSWORD}`, ...rights);
  await administer('ACL', 'SETUSER', 'control', 'reset', 'on', `>${CONTROL_PASSWORD}`, '+ping');
  const url = (user: string, password: string): Secret =>
    new Secret(`redis://${user}:${password}@${endpoint.host}:${endpoint.port}`);
  return {
    url: url('firebreak', ACCOUNT_PASSWORD),
    controlUrl: url('control', CONTROL_PASSWORD),
  };
}

/** A session that stays open, as an attacker or a workload has it. */
export interface OpenSession {
  /** The answer; an error `DEAD` when the session is. */
  readonly ask: (...command: Command) => Promise<Reply>;
  readonly end: () => void;
}

export async function openSession(endpoint: Endpoint, login: Login): Promise<OpenSession> {
  const finished = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<OpenSession>();
  const context = { idempotencyKey: 'session', timeoutMs: TIMEOUT_MS };
  const whole = withSession(endpoint, login, context, async ({ send }) => {
    ready.resolve({
      ask: async (...command) => {
        try {
          return (await send([command]))[0] ?? null;
        } catch {
          return new ErrorReply('DEAD');
        }
      },
      end: finished.resolve,
    });
    await finished.promise;
  });
  whole.catch(ready.reject);
  return ready.promise;
}

export interface Wire {
  readonly port: number;
  /** The next change passes; its answer does not. */
  readonly loseNextReply: () => void;
  readonly cut: () => void;
  /** How often a command with these words passed. */
  readonly passed: (...words: readonly string[]) => number;
  readonly close: () => Promise<void>;
}

/** Passes everything on, until told otherwise. */
export async function openWire(endpoint: Endpoint): Promise<Wire> {
  const sockets = new Set<Socket>();
  let sent = '';
  let losing = false;
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(endpoint.port, endpoint.host);
    let deaf = false;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (part) => {
      const text = String(part);
      sent += text;
      if (losing && /\r\n(?:SETUSER|DELUSER)\r\n/u.test(text)) {
        losing = false;
        deaf = true;
      }
      far.write(part);
    });
    far.on('data', (part) => {
      // The server has done it by the time it answers.
      if (deaf) near.destroy();
      else near.write(part);
    });
  });
  const port = await listenAnywhere(server);
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    loseNextReply: () => {
      losing = true;
    },
    cut: () => {
      isCut = true;
      end();
    },
    passed: (...words) => {
      const wanted = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
      return sent.split(wanted).length - 1;
    },
    close: async () => {
      end();
      await closed(server);
    },
  };
}
