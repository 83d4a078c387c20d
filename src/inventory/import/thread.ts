import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { reveal, workerUrl } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { inBackground } from '../bulk.ts';
import type { DocumentOptions } from '../contract.ts';
import type { Claim } from './claim.ts';
import type { ImportParts, Staged } from './model.ts';
import { fromThreadError, toThreadError } from './thread-error.ts';
import type { FromThread, ThreadAnswer, ThreadOrder, ToThread } from './thread-protocol.ts';

/** Chunks on their way: enough that the thread never waits for the next one. */
const CHUNKS_AHEAD = 16;

/** Drafts live for one batch: with room for it they die before anybody copies them. */
const YOUNG_MEGABYTES = 192;

type Chunks = AsyncIterable<Uint8Array | string>;

/**
 * A chunk that has its memory for itself is handed over: a copy would be counted here, and a gigabyte of them makes this
 * thread collect its whole heap again and again.
 */
function ownedBy(bytes: Uint8Array | string): ArrayBuffer[] {
  if (typeof bytes === 'string') return [];
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isWhole && !isMarkedAsUntransferable(buffer) ? [buffer] : [];
}

/** Counts what may still be sent; who has nothing left waits. */
function createCredit(count: number) {
  let left = count;
  let isOver = false;
  let wake: (() => void) | null = null;
  return {
    /** False once nobody reads any more. */
    spend: async (): Promise<boolean> => {
      while (left === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      left -= 1;
      return !isOver;
    },
    give: (): void => {
      left += 1;
      wake?.();
    },
    end: (): void => {
      isOver = true;
      wake?.();
    },
  };
}

/** Answers what the thread asks of the store. */
function createRelay(store: Store, send: (message: ToThread) => void) {
  const reader = inBackground(store);
  const underway = new Set<Promise<void>>();
  const answer = async (id: number, work: Promise<ThreadAnswer>): Promise<void> => {
    const answered = await work.catch((error: unknown) => ({ error: toThreadError(error) }));
    send({ kind: 'answer', id, answer: answered });
  };
  const begin = (id: number, work: Promise<ThreadAnswer>): void => {
    const one = answer(id, work).finally(() => underway.delete(one));
    underway.add(one);
  };
  return {
    take: (message: FromThread): void => {
      if (message.kind === 'query') {
        begin(
          message.id,
          reader.query(message.statement).then((rows) => ({ rows })),
        );
      } else if (message.kind === 'write') {
        begin(
          message.id,
          store.write(message.commands).then((results) => ({ results })),
        );
      }
    },
    /** Nothing that the thread asked for is still being written. */
    settled: async (): Promise<void> => {
      await Promise.allSettled(underway);
    },
  };
}

/**
 * Reads a large document in a thread of its own: parsing a million lines would hold up everybody else's answers, and
 * their garbage would be everybody's pause.
 */
export async function stageInThread(
  parts: ImportParts,
  claim: Claim,
  chunks: Chunks,
  options: DocumentOptions,
): Promise<Staged> {
  const { store, fingerprintKey } = parts;
  const { dialect, nowMsSql } = store;
  const loan = store.lend();
  const workerData: ThreadOrder = {
    dialect,
    nowMsSql,
    lent: loan?.lent ?? null,
    fingerprintKey: reveal(fingerprintKey),
    claim,
    options,
  };
  const worker = new Worker(workerUrl(new URL('./thread-worker.ts', import.meta.url)), {
    workerData,
    transferList: loan === null ? [] : [loan.lent.port],
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  const relay = createRelay(store, (message) => worker.postMessage(message));
  const credit = createCredit(CHUNKS_AHEAD);
  const staged = new Promise<Staged>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'took') credit.give();
      else if (message.kind === 'staged') resolve(message.staged);
      else if (message.kind === 'failed') reject(fromThreadError(message.error));
      else relay.take(message);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      reject(new Error(`the thread of an import ended with code ${code}`));
    });
  });
  const pump = async (): Promise<void> => {
    for await (const bytes of chunks) {
      if (!(await credit.spend())) return;
      worker.postMessage({ kind: 'chunk', bytes } satisfies ToThread, ownedBy(bytes));
    }
    worker.postMessage({ kind: 'end' } satisfies ToThread);
  };
  // Whatever ends first: a document that breaks off ends the import, and an import that fails stops reading.
  const broken = new Promise<never>((_resolve, reject) => {
    pump().catch(reject);
  });
  try {
    return await Promise.race([staged, broken]);
  } finally {
    staged.catch(() => undefined);
    broken.catch(() => undefined);
    credit.end();
    await worker.terminate();
    await relay.settled();
    await loan?.returned;
  }
}
