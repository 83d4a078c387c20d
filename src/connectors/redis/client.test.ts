import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../kernel/index.ts';
import { LoginRefused, NoAnswer, within, withSession, type RedisSession } from './client.ts';
import { encodeCommand } from './resp.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  );
});

const HELLO = '*4\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n';

/** A server that says its lines one after the other, one for each thing that it hears. */
async function serve(...says: readonly ((socket: Socket) => void)[]): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    let heard = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      says[heard]?.(socket);
      heard += 1;
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const say =
  (text: string) =>
  (socket: Socket): void => {
    socket.write(text);
  };

const LOGIN = { user: 'svc', password: new Secret('fake-password'), as: 'test' };

function run<Result>(
  port: number,
  work: (session: RedisSession) => Promise<Result>,
  timeoutMs = 2_000,
): Promise<Result> {
  const context = within({ idempotencyKey: 'test', timeoutMs });
  return withSession({ host: '127.0.0.1', port, secure: false }, LOGIN, context, work);
}

async function silenceOf(call: Promise<unknown>): Promise<NoAnswer> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NoAnswer) return error;
  throw new Error('silence was expected');
}

const ping = ({ send }: RedisSession) => send([['PING']]);

it('logs in, says what the server is, and asks', async () => {
  const port = await serve(say(HELLO), say('+PONG\r\n:1\r\n'));
  const found = await run(port, async ({ server, send }) => ({
    server,
    replies: await send([['PING'], ['DBSIZE']]),
  }));
  expect(found).toEqual({
    server: { version: '7.0.0', mode: 'standalone' },
    replies: ['PONG', 1],
  });
});

it('tells a refused login from silence', async () => {
  const port = await serve(say('-WRONGPASS invalid username-password pair\r\n'));
  await expect(run(port, ping)).rejects.toBeInstanceOf(LoginRefused);
});

it('a port that nobody listens on is silence before anything was sent', async () => {
  const port = await serve();
  await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
  expect(await silenceOf(run(port, ping))).toMatchObject({
    sent: false,
    message: 'the connection failed (ECONNREFUSED)',
  });
});

it.each<[string, (socket: Socket) => void, string]>([
  ['a socket that closes', (socket) => socket.destroy(), 'closed the connection'],
  ['a socket that closes in the middle', (socket) => socket.end('$9\r\nabc'), 'closed'],
  ['a half-closed socket', (socket) => socket.end(), 'closed the connection'],
  ['a malformed answer', say('!\r\n'), 'not that of a Redis server'],
  ['an answer that never comes', () => undefined, 'no answer within 300 ms'],
  ['an answer that never ends', say('$100\r\nabc'), 'no answer within 300 ms'],
])('%s is no answer, and may have had an effect', async (_name, says, problem) => {
  const port = await serve(say(HELLO), says);
  const silence = await silenceOf(run(port, ping, 300));
  expect(silence.sent).toBe(true);
  expect(silence.message).toContain(problem);
});

it('more answers than were asked for end the session before anything else is sent', async () => {
  const port = await serve(say(HELLO), say('+PONG\r\n+PONG\r\n'));
  const call = run(port, async (session) => {
    await ping(session);
    return ping(session);
  });
  expect(await silenceOf(call)).toMatchObject({
    sent: false,
    message: 'an answer came that nobody asked for',
  });
});

it('a call that is given up ends at once, before and after it was sent', async () => {
  const port = await serve(say(HELLO));
  const early = { idempotencyKey: 'test', timeoutMs: 2_000, signal: AbortSignal.abort() };
  const endpoint = { host: '127.0.0.1', port, secure: false };
  expect((await silenceOf(withSession(endpoint, LOGIN, early, ping))).sent).toBe(false);
  const stop = new AbortController();
  const late = within({ idempotencyKey: 'test', timeoutMs: 2_000, signal: stop.signal });
  const call = withSession(endpoint, LOGIN, late, (session) => {
    const asked = ping(session);
    stop.abort();
    return asked;
  });
  expect(await silenceOf(call)).toMatchObject({ sent: true, message: 'the call was given up' });
});

it('over TLS says nothing to a server that cannot prove who it is', async () => {
  let heard = '';
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      socket.end(HELLO);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const context = within({ idempotencyKey: 'test', timeoutMs: 2_000 });
  const endpoint = { host: '127.0.0.1', port, secure: true };
  expect((await silenceOf(withSession(endpoint, LOGIN, context, ping))).sent).toBe(false);
  // The first byte of a TLS handshake, and never a login.
  expect(heard.charCodeAt(0)).toBe(22);
  expect(heard).not.toContain('fake-password');
});

it('never says the password', async () => {
  const port = await serve((socket) => socket.destroy());
  const silence = await silenceOf(run(port, ping));
  expect(`${silence.message}${silence.stack ?? ''}`).not.toContain('fake-password');
  expect(encodeCommand(['AUTH', 'x']).toString()).toBe('*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n');
});
