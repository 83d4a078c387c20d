// Test support; never imported by the product: a target in one process, judged by another.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A target without idempotency keys: a repeat is a second effect. */
export interface HttpJudge {
  readonly url: string;
  /** How often each key took effect. */
  readonly effects: ReadonlyMap<string, number>;
  readonly readBacks: () => number;
}

/** The effect comes at once, the answer after `answerMs`: in between lies what a killed process leaves in doubt. */
export async function startHttpJudge(answerMs: number): Promise<HttpJudge> {
  const effects = new Map<string, number>();
  let readBacks = 0;
  const server = createServer((request, response) => {
    const [, verb, key = ''] = (request.url ?? '').split('/');
    request.resume();
    if (verb === 'read') {
      readBacks += 1;
      response.end(effects.has(key) ? 'there' : 'absent');
      return;
    }
    effects.set(key, (effects.get(key) ?? 0) + 1);
    setTimeout(() => response.end('done'), answerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, effects, readBacks: () => readBacks };
}
