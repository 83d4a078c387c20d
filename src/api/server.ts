import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Socket } from 'node:net';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { FirebreakError, LIMITS } from '../kernel/index.ts';
import { authorityRoutes } from './authority-routes.ts';
import { charterRoutes } from './charter-routes.ts';
import { coverageRoutes } from './coverage-routes.ts';
import { readinessRoutes } from './readiness-routes.ts';
import { createReadinessReader, type ReadinessReader } from './readiness.ts';
import {
  authorise,
  checkFresh,
  createAuthentication,
  type Authentication,
} from './authentication.ts';
import { parseJson } from './body.ts';
import { createOpenStreams, eventsRoutes } from './events-routes.ts';
import { gateRoutes } from './gate-routes.ts';
import { dependencyRoutes } from './dependency-routes.ts';
import { connectorRoutes } from './connector-routes.ts';
import { importRoutes, inventoryRoutes } from './inventory-routes.ts';
import { ledgerRoutes, proofRoutes } from './ledger-routes.ts';
import { machineRoutes } from './machine-routes.ts';
import { createKnownPaths } from './methods.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { describeApi } from './openapi.ts';
import { consoleRoutes } from './console-routes.ts';
import type { ApiParts } from './parts.ts';
import { PROBLEM_MEDIA_TYPE, problemOf, toFailed } from './problem.ts';
import {
  cardRoutes,
  containmentRoutes,
  decisionRoutes,
  glassRoutes,
  incidentRoutes,
} from './response-routes.ts';
import { replayRoutes } from './replay-routes.ts';
import { evidenceRoutes, trackRoutes } from './track-routes.ts';
import type { Access, Api } from './route.ts';
import { reviewRoutes } from './review-routes.ts';
import { rotationRoutes } from './rotation-routes.ts';
import { passkeyRoutes } from './passkey-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { linkRoutes, sessionRoutes } from './session-routes.ts';
import { invitationRoutes, signInRoutes } from './sign-in-routes.ts';
import { signalsRoutes } from './signals-routes.ts';
import { tokensRoutes } from './tokens-routes.ts';
import type { Caller } from './tokens/index.ts';
import { validatorCompiler } from './validation.ts';

export interface Server {
  readonly app: Api;
  /** Listens; answers the address. */
  readonly listen: (place: { readonly host: string; readonly port: number }) => Promise<string>;
  /** Takes no new requests, ends streams, lets begun requests end for `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** On every answer; pages carry more. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

function createApp({ settings, ids }: ApiParts): Api {
  return fastify({
    logger: false,
    // Only what failed is logged; a name for the log is drawn there.
    genReqId: () => '',
    bodyLimit: LIMITS.requestBytesMax,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    routerOptions: { maxParamLength: 1_100 },
    frameworkErrors: (error, request, reply) => {
      answerProblem(
        error,
        request,
        reply,
        () => ids.next('entry'),
        () => undefined,
      );
    },
    clientErrorHandler: (error, socket) => {
      refuseSocket(error, socket);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
}

/** What is no HTTP never reaches the framework. */
function refuseSocket(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW' ? 'its headers are too large' : 'it is not HTTP';
  const body = JSON.stringify(problemOf(new FirebreakError('request-malformed', { problem })));
  const head = [
    'HTTP/1.1 400 Bad Request',
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function answerProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  nextReference: () => string,
  logFailure: (error: FirebreakError, reference: string) => void,
): void {
  const reference = nextReference();
  const type = request.headers['content-type'] ?? 'that is missing';
  const limit = request.routeOptions.bodyLimit ?? LIMITS.requestBytesMax;
  const { error, isOurs } = toFailed(thrown, { type: type.slice(0, 100), limit, reference });
  if (isOurs) logFailure(error, reference);
  const retryAfter: unknown = error.facts['retryAfterSeconds'];
  if (error.status === 503 || error.status === 429) {
    reply.header('retry-after', typeof retryAfter === 'number' ? retryAfter : 2);
  }
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="firebreak"');
  reply.code(error.status).header('content-type', PROBLEM_MEDIA_TYPE);
  // As bytes: to a text the framework would add a charset, which this media type does not have.
  void reply.send(Buffer.from(JSON.stringify(problemOf(error))));
}

function answerFailures(api: Api, { ids, log }: ApiParts): void {
  const paths = createKnownPaths();
  api.addHook('onRoute', ({ url, method }) => {
    paths.add(url, method);
  });
  api.setErrorHandler((thrown, request, reply) => {
    answerProblem(
      thrown,
      request,
      reply,
      () => ids.next('entry'),
      (error, reference) => {
        const route = request.routeOptions.url;
        log.error({ err: error, reference, method: request.method, route }, 'a request failed');
      },
    );
  });
  api.setNotFoundHandler((request, reply) => {
    const path = (request.url.split('?')[0] ?? '').slice(0, 200);
    const { method } = request;
    const allowed = paths.methodsAt(path).join(', ');
    if (allowed === '') throw new FirebreakError('route-unknown', { method, path });
    reply.header('allow', allowed);
    throw new FirebreakError('method-unsupported', { method, path, allowed });
  });
}

function readBodies(api: Api): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    // The framework gives a buffer where it was asked for one.
    async (_request: FastifyRequest, body: Buffer) => parseJson(body),
  );
}

function answerPlainly(api: Api): void {
  // Answers are written as they are: their shapes are types of ours, the schemas only describe them.
  api.setSerializerCompiler(() => (data) => JSON.stringify(data));
  api.setReplySerializer((data) => (typeof data === 'string' ? data : JSON.stringify(data)));
}

/** The first thing that happens to a request. */
function admit(
  api: Api,
  { clock }: Pick<ApiParts, 'clock'>,
  authentication: Authentication,
  isClosing: () => boolean,
): void {
  const admitCaller = (request: FastifyRequest, access: Access, caller: Caller | null): void => {
    request.caller = caller;
    if (caller === null || access === 'open' || access === 'source') return;
    authorise(caller, access);
    if (request.routeOptions.config.isDangerous === true) checkFresh(caller, clock.nowMs());
  };
  api.decorateRequest('caller', null);
  // With a callback: most callers are known without waiting.
  api.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS);
    if (isClosing()) throw new FirebreakError('shutting-down');
    const { access } = request.routeOptions.config;
    // No access stands for no route: there is nothing to protect, and 404 is the answer.
    if (access === undefined || access === 'open') {
      done();
      return;
    }
    const { recognise, authenticate } = authentication;
    const caller = access === 'source' ? recognise(request) : authenticate(request);
    if (!(caller instanceof Promise)) {
      admitCaller(request, access, caller);
      done();
      return;
    }
    caller
      .then((known) => {
        admitCaller(request, access, known);
      })
      .then(() => {
        done();
      }, done);
  });
}

function count(api: Api, metrics: Metrics): void {
  api.addHook('onResponse', (request, reply, done) => {
    metrics.requested(request.routeOptions.url ?? 'unknown', request.method, reply.statusCode);
    done();
  });
}

/** Routes of one word each, in a scope of its own where the word reads bodies in its own way. */
async function addRoutes(
  api: Api,
  parts: ApiParts,
  authentication: Authentication,
  metrics: Metrics,
  streams: ReturnType<typeof createOpenStreams>,
  reader: ReadinessReader,
): Promise<void> {
  await api.register(async (own: Api) => signalsRoutes(own, parts, metrics));
  await api.register(async (own: Api) => importRoutes(own, parts));
  await inventoryRoutes(api, parts);
  await connectorRoutes(api, parts);
  await dependencyRoutes(api, parts);
  await incidentRoutes(api, parts);
  await trackRoutes(api, parts);
  await reviewRoutes(api, parts);
  await evidenceRoutes(api, parts);
  await replayRoutes(api, parts);
  await decisionRoutes(api, parts);
  await cardRoutes(api, parts);
  await glassRoutes(api, parts);
  await containmentRoutes(api, parts);
  await rotationRoutes(api, parts);
  await authorityRoutes(api, parts);
  await charterRoutes(api, parts);
  await coverageRoutes(api, parts);
  await readinessRoutes(api, reader);
  await gateRoutes(api, parts);
  await ledgerRoutes(api, parts);
  await proofRoutes(api, parts);
  await eventsRoutes(api, parts, { authentication, metrics, streams });
  await tokensRoutes(api, parts);
  await machineRoutes(api, parts, metrics);
  await signInRoutes(api, parts);
  await invitationRoutes(api, parts);
  await oidcRoutes(api, parts);
  await sessionRoutes(api, parts);
  await linkRoutes(api, parts);
  await passkeyRoutes(api, parts);
  await peopleRoutes(api, parts);
  await consoleRoutes(api, parts.settings.consoleDirectory);
}

export async function createServer(parts: ApiParts): Promise<Server> {
  const api = createApp(parts);
  const reader = createReadinessReader(parts);
  const metrics = createMetrics(parts, reader.last);
  const streams = createOpenStreams();
  const authentication = createAuthentication(parts);
  let isClosing = false;
  api.setValidatorCompiler(validatorCompiler);
  answerPlainly(api);
  answerFailures(api, parts);
  readBodies(api);
  admit(api, parts, authentication, () => isClosing);
  count(api, metrics);
  await describeApi(api, parts.version);
  await addRoutes(api, parts, authentication, metrics, streams, reader);
  await api.ready();
  return {
    app: api,
    listen: (place) => listen(api, place),
    close: async (graceMs) => {
      isClosing = true;
      streams.endAll();
      await closeWithin(api, graceMs);
      metrics.stop();
    },
  };
}

/** A connection whose last request has just ended is kept alive by the client: it is closed as soon as it is idle. */
async function closeWithin(api: Api, graceMs: number): Promise<void> {
  const sweep = setInterval(() => {
    api.server.closeIdleConnections();
  }, SWEEP_MS);
  const cut = setTimeout(() => {
    api.server.closeAllConnections();
  }, graceMs);
  await api.close();
  clearInterval(sweep);
  clearTimeout(cut);
}
const SWEEP_MS = 20;

async function listen(
  api: Api,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await api.listen({ host, port });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new FirebreakError('port-taken', { port }, error) : error;
  }
}
