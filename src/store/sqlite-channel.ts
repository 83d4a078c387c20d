import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { messageOf, workerUrl } from '../kernel/index.ts';
import { Line } from './sqlite-line.ts';
import type { WorkerOptions, WorkerReply } from './sqlite-protocol.ts';

/** One worker thread. Once dead it stays dead; the store starts another. */
export class Channel extends Line {
  /** Rejects when the file cannot be opened. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  #closing = false;

  constructor(options: WorkerOptions, onDeath: (problem: string) => void) {
    const worker = new Worker(workerUrl(new URL('./sqlite-worker.ts', import.meta.url)), {
      workerData: options,
      execArgv: [],
    });
    super((request) => {
      if (request.kind === 'lend') worker.postMessage(request, [request.port, request.returned]);
      else worker.postMessage(request);
    });
    this.#worker = worker;
    this.ready = this.greeted();
    const end = (problem: string): void => {
      if (this.die(problem) && !this.#closing) onDeath(problem);
    };
    worker.on('message', (message: WorkerReply) => {
      this.take(message);
    });
    worker.on('error', (error) => {
      end(`the SQLite thread failed: ${messageOf(error)}`);
    });
    worker.on('exit', (code) => {
      end(`the SQLite thread ended with code ${code}`);
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.order('close');
  }

  /** A port through which another thread writes; `returned` resolves when it has ended and all of it is written. */
  lend(): { readonly port: MessagePort; readonly returned: Promise<void> } {
    const writing = new MessageChannel();
    const ending = new MessageChannel();
    const returned = new Promise<void>((resolve) => {
      ending.port1.on('close', () => {
        resolve();
      });
    });
    // A dead thread has closed its ports, which the borrower sees.
    this.hand(writing.port2, ending.port2).catch(() => {
      ending.port1.close();
    });
    return { port: writing.port1, returned };
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
