import net from 'node:net';
import { once } from 'node:events';

export interface Load {
  readonly runs: number;
  readonly bad: number;
  readonly runsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One keep-alive connection with one request under way: bare, since it shares the two cores with what it measures. */
export interface Caller {
  /** Answers the status. */
  readonly send: (request: string) => Promise<number>;
  readonly end: () => void;
}

const LENGTH = /\r\ncontent-length: *(\d+)/iu;
const CHUNKED = /\r\ntransfer-encoding: *chunked/iu;

/** The status when the answer is complete, else null. */
function statusOf(answer: string): number | null {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = answer.slice(0, end);
  const isComplete = CHUNKED.test(head)
    ? answer.endsWith('\r\n0\r\n\r\n')
    : answer.length >= end + 4 + Number(LENGTH.exec(head)?.[1] ?? 0);
  return isComplete ? Number(head.slice(9, 12)) : null;
}

export async function openCaller(url: string): Promise<Caller> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let waiting = Promise.withResolvers<number>();
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    answer += chunk;
    const status = statusOf(answer);
    if (status === null) return;
    answer = '';
    waiting.resolve(status);
  });
  const fail = (): void => {
    waiting.reject(new Error(`${url} closed the connection`));
  };
  socket.on('error', fail);
  socket.on('close', fail);
  waiting.promise.catch(() => undefined);
  return {
    send: (request) => {
      waiting = Promise.withResolvers<number>();
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
        const status = await caller.send(request);
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
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2),
  );
}
