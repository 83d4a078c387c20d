// Test support; never imported by the product: calls the target of http.testing.ts.
import type { Performed, StepHandler } from './model.ts';

export function createHttpHandler(judgeUrl: string, callTimeoutMs: number): StepHandler {
  return {
    kind: 'judge',
    callTimeoutMs,
    perform: async (step, { signal }): Promise<Performed> => {
      try {
        const reply = await fetch(`${judgeUrl}/effect/${step.key}`, { method: 'POST', signal });
        return { type: 'done', result: { said: await reply.text() } };
      } catch {
        return { type: 'failed', reason: 'no reply', unknown: true };
      }
    },
    readBack: async (step, { signal }) => {
      const reply = await fetch(`${judgeUrl}/read/${step.key}`, { signal });
      return (await reply.text()) === 'there'
        ? { type: 'done', result: { already: true } }
        : { type: 'absent' };
    },
  };
}
