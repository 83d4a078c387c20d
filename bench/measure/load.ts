import http from 'node:http';

export interface Load {
  readonly runs: number;
  readonly bad: number;
  readonly runsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1_000 });

function post(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method: 'POST' }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        resolve(answer.statusCode ?? 0);
      });
    });
    request.once('error', reject);
    request.end();
  });
}

/** `concurrent` callers, each sends the next request when the last one was answered. */
export async function loadWith(url: string, concurrent: number, forMs: number): Promise<Load> {
  const latencies: number[] = [];
  let bad = 0;
  const startedAt = performance.now();
  const until = startedAt + forMs;
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (performance.now() < until) {
        const sentAt = performance.now();
        const status = await post(url);
        latencies.push(performance.now() - sentAt);
        if (status !== 200) bad += 1;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
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
