import type { ServerResponse } from 'node:http';
import { FirebreakError, LIMITS, sleep, type Clock } from '../kernel/index.ts';
import type { SealedEntry } from '../ledger/index.ts';
import type { FastifyRequest } from 'fastify';
import type { Authentication } from './authentication.ts';
import { EventsQuery } from './contract/index.ts';
import type { Metrics } from './metrics.ts';
import type { ApiParts } from './parts.ts';
import { presentEntry } from './present.ts';
import { route, type Api } from './route.ts';

const POSITION = /^\d{1,15}$/u;

/** The entry after the last one that was received, or the first one asked for; null = from now on. */
function firstWanted(request: FastifyRequest, from: number | undefined): number | null {
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return from ?? null;
  if (typeof last === 'string' && POSITION.test(last)) return Number(last) + 1;
  const problem = 'last-event-id: is the position of an entry';
  throw new FirebreakError('request-invalid', { problem });
}

/** The position is the id of the event, so a reader that comes back misses nothing and gets nothing twice. */
export function writeEvent(sealed: SealedEntry): string {
  const data = JSON.stringify(presentEntry(sealed));
  return `id: ${sealed.position}\ndata: ${data}\n\n`;
}

interface Stream {
  readonly write: (text: string) => Promise<void>;
  readonly ended: AbortSignal;
  readonly end: () => void;
}

/** Waits while the reader takes nothing, and lets go of one that takes nothing for too long. */
function createStream(response: ServerResponse, clock: Clock): Stream {
  const ended = new AbortController();
  const end = (): void => {
    if (ended.signal.aborted) return;
    ended.abort();
    response.end();
  };
  response.once('close', end);
  response.on('error', end);
  if (response.closed || response.socket?.destroyed === true) end();
  return {
    ended: ended.signal,
    end,
    write: async (text) => {
      if (ended.signal.aborted || response.write(text)) return;
      const taken = new AbortController();
      const drained = (): void => {
        taken.abort();
      };
      response.once('drain', drained);
      ended.signal.addEventListener('abort', drained, { once: true });
      await sleep(clock, LIMITS.eventStallMsMax, taken.signal);
      response.off('drain', drained);
      ended.signal.removeEventListener('abort', drained);
      const isStuck = !taken.signal.aborted || response.writableLength > LIMITS.eventBufferBytesMax;
      if (isStuck) response.destroy();
    },
  };
}

/** Also for a reader that went away before anybody listened. */
function whenEnded(stream: Stream, clean: () => void): void {
  if (stream.ended.aborted) clean();
  else stream.ended.addEventListener('abort', clean, { once: true });
}

export interface OpenStreams {
  readonly add: (stream: { readonly end: () => void }) => () => void;
  readonly endAll: () => void;
}

/** A stopping server ends its streams first: they would hold it up for ever. */
export function createOpenStreams(): OpenStreams {
  const open = new Set<{ readonly end: () => void }>();
  return {
    add: (stream) => {
      open.add(stream);
      return () => {
        open.delete(stream);
      };
    },
    endAll: () => {
      for (const stream of open) stream.end();
    },
  };
}

export async function eventsRoutes(
  api: Api,
  parts: ApiParts,
  edge: {
    readonly authentication: Authentication;
    readonly metrics: Metrics;
    readonly streams: OpenStreams;
  },
): Promise<void> {
  const { ledger, clock, log } = parts;
  /** A comment now and then keeps proxies from closing, and shows whether the caller may still listen. */
  const keepAlive = async (stream: Stream, request: FastifyRequest): Promise<void> => {
    for (;;) {
      await sleep(clock, LIMITS.eventHeartbeatMs, stream.ended);
      if (stream.ended.aborted) return;
      // Its own look, no use of the session: a page that nobody looks at must not keep it alive.
      await edge.authentication.authenticate(request, false);
      await stream.write(': here\n\n');
    }
  };
  api.get(
    '/v1/events',
    route(
      'read',
      {
        word: 'events',
        summary: 'Sealed ledger entries as they come (server-sent events)',
        description: 'In the order of positions, without gaps; resume with last-event-id.',
      },
      { querystring: EventsQuery },
      null,
    ),
    async (request, reply) => {
      const first = firstWanted(request, request.query.from);
      const from = first ?? (await ledger.latestCheckpoint()).size;
      const { raw: response } = reply;
      const stream = createStream(response, clock);
      // Before the head is sent: too many readers is still an answer.
      const stopFollowing = ledger.follow(from, (entry) => stream.write(writeEvent(entry)));
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      response.setHeader('content-type', 'text/event-stream');
      response.setHeader('x-accel-buffering', 'no');
      response.writeHead(200);
      const forget = edge.streams.add(stream);
      edge.metrics.streamOpened();
      whenEnded(stream, () => {
        stopFollowing();
        forget();
        edge.metrics.streamClosed();
      });
      await stream.write(`retry: 1000\n: from ${from}\n\n`);
      keepAlive(stream, request).catch((error: unknown) => {
        log.info({ err: error }, 'an event stream ended: its caller may not listen any more');
        stream.end();
      });
    },
  );
}
