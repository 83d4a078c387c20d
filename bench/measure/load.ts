import { once } from 'node:events';
import net from 'node:net';
import { percentile, rounded } from './statistics.ts';

export interface Load {
  readonly runs: number;
  readonly bad: number;
  readonly runsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** One keep-alive connection with one request under way: bare, since it shares the two cores with what it measures. */
export interface Caller {
  readonly send: (request: string) => Promise<Answered>;
  readonly end: () => void;
}

const LENGTH = /\r\ncontent-length: *(\d+)/iu;
const CHUNKED = /\r\ntransfer-encoding: *chunked/iu;

/** Null while the answer is not complete. */
function answeredBy(answer: string): Answered | null {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = answer.slice(0, end);
  const isComplete = CHUNKED.test(head)
    ? answer.endsWith('\r\n0\r\n\r\n')
    : answer.length >= end + 4 + Number(LENGTH.exec(head)?.[1] ?? 0);
  return isComplete ? { status: Number(head.slice(9, 12)), body: answer.slice(end + 4) } : null;
}

export async function openCaller(url: string): Promise<Caller> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let waiting = Promise.withResolvers<Answered>();
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    answer += chunk;
    const answered = answeredBy(answer);
    if (answered === null) return;
    answer = '';
    waiting.resolve(answered);
  });
  const fail = (): void => {
    waiting.reject(new Error(`${url} closed the connection`));
  };
  socket.on('error', fail);
  socket.on('close', fail);
  waiting.promise.catch(() => undefined);
  return {
    send: (request) => {
      waiting = Promise.withResolvers<Answered>();
      socket.write(request, 'latin1');
      return waiting.promise;
    },
    end: () => {
      socket.destroy();
    },
  };
}

export function requestText(
  url: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): string {
  const { pathname, host } = new URL(url);
  const all = { host, 'content-length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** `concurrent` callers, each sends the next request when the last one was answered. */
export async function loadWith(url: string, concurrent: number, forMs: number): Promise<Load> {
  const request = requestText(url);
  const callers = await Promise.all(Array.from({ length: concurrent }, () => openCaller(url)));
  const latencies: number[] = [];
  let bad = 0;
  const startedAt = performance.now();
  const until = startedAt + forMs;
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() < until) {
        const sentAt = performance.now();
        const { status } = await caller.send(request);
        latencies.push(performance.now() - sentAt);
        if (status !== 200) bad += 1;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const caller of callers) caller.end();
  return {
    runs: latencies.length,
    bad,
    runsPerSecond: Math.round(latencies.length / seconds),
    p50Ms: rounded(percentile(latencies, 0.5)),
    p99Ms: rounded(percentile(latencies, 0.99)),
  };
}
