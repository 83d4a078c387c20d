// Runs in a worker thread: reads one large document.
import { parentPort, workerData } from 'node:worker_threads';
import { Secret } from '../../kernel/index.ts';
import { borrowStore, type CommandResult, type Row } from '../../store/index.ts';
import type { Rows } from '../bulk.ts';
import { recordsIn } from '../formats/format.ts';
import { stage } from './stage.ts';
import { fromThreadError, toThreadError } from './thread-error.ts';
import type { FromThread, ThreadAnswer, ThreadOrder, ToThread } from './thread-protocol.ts';

// Set by the thread that started this one, which builds it from this very type.
const order = workerData as ThreadOrder;
const tell = (message: FromThread): void => parentPort?.postMessage(message);

const waiting = new Map<number, (answer: ThreadAnswer) => void>();
let lastId = 0;

function ask(request: (id: number) => FromThread): Promise<ThreadAnswer> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    tell(request(id));
  });
}

async function query(statement: Parameters<Rows['query']>[0]): Promise<readonly Row[]> {
  const answer = await ask((id) => ({ kind: 'query', id, statement }));
  if ('error' in answer) throw fromThreadError(answer.error);
  return 'rows' in answer ? answer.rows : [];
}

async function write(commands: Parameters<Rows['write']>[0]): Promise<readonly CommandResult[]> {
  const answer = await ask((id) => ({ kind: 'write', id, commands }));
  if ('error' in answer) throw fromThreadError(answer.error);
  return 'results' in answer ? answer.results : [];
}

const chunks: (Uint8Array | string)[] = [];
let isEnded = false;
let arrived: (() => void) | null = null;

async function* document(): AsyncGenerator<Uint8Array | string> {
  for (;;) {
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      yield chunk;
      tell({ kind: 'took' });
    } else if (isEnded) return;
    else {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  }
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'answer':
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
      return;
    case 'chunk':
      chunks.push(message.bytes);
      break;
    case 'end':
      isEnded = true;
  }
  arrived?.();
});

const { dialect, nowMsSql, lent, fingerprintKey, claim, options } = order;
const parts = {
  store: lent === null ? { dialect, nowMsSql, query, write } : borrowStore(lent),
  fingerprintKey: new Secret(fingerprintKey),
};
try {
  tell({
    kind: 'staged',
    staged: await stage(parts, claim, recordsIn(document(), options), options),
  });
} catch (error) {
  tell({ kind: 'failed', error: toThreadError(error) });
}
parentPort?.close();
