import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  FirebreakError,
  LIMITS,
  isFirebreakError,
  messageOf,
  present,
  reveal,
  sha256,
  type Secret,
} from '../kernel/index.ts';
import { adminRoute } from './admin-routes.ts';
import { invalid } from './fields.ts';
import type { Reply } from './model.ts';
import { TEXT_BODY, type WorldHolder, type WorldRequest } from './request.ts';
import { targetRoute } from './target-routes.ts';
import type { World } from './world.ts';

export interface ServeSettings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  readonly adminToken: Secret;
}

export interface ServedWorld {
  readonly url: string;
  /** The world that is served now: another one after /admin/reset. */
  readonly current: () => World;
  readonly close: () => Promise<void>;
}

export async function serveWorld(world: World, settings: ServeSettings): Promise<ServedWorld> {
  const holder: WorldHolder = { world };
  const { adminToken } = settings;
  const host = settings.host ?? '127.0.0.1';
  const server = createServer((incoming, outgoing) => {
    void answer(holder, adminToken, incoming, outgoing);
  });
  // Longer than clients keep an idle connection: the side that sends must be the one that gives it up.
  server.keepAliveTimeout = 65_000;
  await listen(server, settings.port, host);
  const address = server.address();
  const port = typeof address === 'object' ? present(address, 'it listens').port : settings.port;
  return {
    url: `http://${host}:${port}`,
    current: () => holder.world,
    close: () =>
      new Promise((resolve) => {
        holder.world.close();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new FirebreakError('port-taken', { port }, error) : error);
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  holder: WorldHolder,
  adminToken: Secret,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const request = await readRequest(incoming);
    const reply = await route(holder, adminToken, request);
    write(outgoing, reply);
  } catch (error) {
    write(outgoing, problem(error));
  }
}

function route(
  holder: WorldHolder,
  adminToken: Secret,
  request: WorldRequest,
): Reply | Promise<Reply> {
  const [area] = request.path;
  if (area === 'targets') return targetRoute(holder.world, request);
  if (area === 'healthz') return { status: 200, body: { ok: true, seed: holder.world.seed } };
  if (area !== 'admin') {
    throw new FirebreakError('route-unknown', {
      method: request.method,
      path: `/${request.path.join('/')}`,
    });
  }
  if (!sameSecret(request.bearer, adminToken)) {
    throw new FirebreakError('unauthenticated', { problem: 'this is not the admin token' });
  }
  return adminRoute(holder, request);
}

function sameSecret(given: string | null, wanted: Secret): boolean {
  return given !== null && timingSafeEqual(sha256(given), sha256(reveal(wanted)));
}

async function readRequest(incoming: IncomingMessage): Promise<WorldRequest> {
  const url = new URL(incoming.url ?? '/', 'http://world');
  const { authorization } = incoming.headers;
  const key = incoming.headers['idempotency-key'];
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname.split('/').filter(Boolean).map(decode),
    query: url.searchParams,
    bearer: authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : null,
    idempotencyKey: typeof key === 'string' ? key : null,
    body: await readBody(incoming),
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return invalid(`the path segment ${segment} is not percent-encoded`);
  }
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of incoming) {
    const chunk: Buffer = Buffer.from(part);
    bytes += chunk.length;
    if (bytes > LIMITS.requestBytesMax) {
      throw new FirebreakError('request-too-large', { limit: LIMITS.requestBytesMax });
    }
    parts.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (error) {
    return invalid(`the body is not JSON: ${messageOf(error)}`);
  }
}

function problem(error: unknown): Reply {
  const known = isFirebreakError(error)
    ? error
    : new FirebreakError('internal-invariant', { invariant: messageOf(error) }, error);
  const { code, message, remedy, status, facts } = known;
  return {
    status,
    body: {
      type: 'about:blank',
      title: message,
      status,
      error: code,
      code,
      detail: message,
      remedy,
      facts,
    },
  };
}

function write(outgoing: ServerResponse, reply: Reply): void {
  if (reply.drop === true) {
    outgoing.destroy();
    return;
  }
  const text = reply.body[TEXT_BODY];
  if (typeof text === 'string') {
    outgoing.writeHead(reply.status, { 'content-type': 'application/x-ndjson' }).end(text);
    return;
  }
  const type = 'remedy' in reply.body ? 'application/problem+json' : 'application/json';
  const retry =
    reply.retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(Math.ceil(reply.retryAfterMs / 1000)) };
  const payload = JSON.stringify(reply.body);
  outgoing
    .writeHead(reply.status, {
      'content-type': type,
      'content-length': Buffer.byteLength(payload),
      ...retry,
    })
    .end(payload);
}
