import { Worker } from 'node:worker_threads';
import { FirebreakError, LIMITS, workerUrl } from '../../kernel/index.ts';
import type { Proof } from './model.ts';
import type { ProofRequest } from './prove.ts';

export type CoverageRequest = Omit<ProofRequest, 'lineOf'>;

/** Proofs for those who ask a running server: one at a time, in a thread of its own, and each only once. */
export interface Coverage {
  readonly prove: (request: CoverageRequest) => Promise<Proof>;
}

async function inThread(request: CoverageRequest): Promise<Proof> {
  const url = workerUrl(new URL('./thread-worker.ts', import.meta.url));
  const worker = new Worker(url, { workerData: request, execArgv: [] });
  try {
    return await new Promise<Proof>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', (code) => {
        reject(new Error(`the thread of a proof ended with code ${code}`));
      });
    });
  } finally {
    await worker.terminate();
  }
}

function keyOf(request: CoverageRequest): string {
  const { charter, roster, fromMs, untilMs, without, absent, known } = request;
  const { targets, rehearsals } = known ?? {};
  const seen = [targets, [...(rehearsals ?? [])]];
  return JSON.stringify([charter.digest, roster.digest, fromMs, untilMs, without, absent, seen]);
}

export function createCoverage(
  run: (request: CoverageRequest) => Promise<Proof> = inThread,
): Coverage {
  const kept = new Map<string, Promise<Proof>>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const begin = (key: string, request: CoverageRequest): Promise<Proof> => {
    if (waiting >= LIMITS.proofsWaitingMax) {
      throw new FirebreakError('coverage-busy', { limit: LIMITS.proofsWaitingMax });
    }
    waiting += 1;
    const proof = last
      .catch(() => undefined)
      .then(() => run(request))
      .finally(() => {
        waiting -= 1;
      });
    last = proof;
    // One that failed is tried again by whoever asks next.
    proof.catch(() => kept.delete(key));
    return proof;
  };
  return {
    prove: async (request) => {
      const key = keyOf(request);
      const known = kept.get(key);
      if (known !== undefined) return await known;
      const proof = begin(key, request);
      kept.set(key, proof);
      const [oldest] = kept.keys();
      if (kept.size > LIMITS.proofsKept && oldest !== undefined) kept.delete(oldest);
      return await proof;
    },
  };
}
