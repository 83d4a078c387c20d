import type { Clock, Secret } from '../../kernel/index.ts';
import { signSignal, SIGNATURE_HEADER } from '../../signals/index.ts';
import type { Delivered, Notifier, Page } from './notifier.ts';

export interface WebhookParts {
  readonly url: string;
  /** Signs what is sent, in the form that signals are signed in. */
  readonly secret: Secret;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

/**
 * Hands pages to a system that knows how to reach people. 2xx = somebody will be reached; 4xx = nobody of them can be,
 * and a repeat would not help; anything else is tried again. The key of a page is the same on a repeat.
 */
export function createWebhookNotifier(parts: WebhookParts): Notifier {
  const { url, secret, clock, fetch: send = fetch } = parts;
  return {
    notify: async (page: Page, signal: AbortSignal): Promise<Delivered> => {
      const body = JSON.stringify(page);
      const answer = await send(url, {
        method: 'POST',
        redirect: 'error',
        signal,
        body,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': page.key,
          [SIGNATURE_HEADER]: signSignal(secret, clock.nowMs(), body),
        },
      });
      await answer.body?.cancel();
      if (answer.ok) return { reached: true, channel: 'webhook' };
      const why = `the webhook answered ${answer.status}`;
      const isFinal = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
      if (isFinal) return { reached: false, why };
      throw new Error(why);
    },
  };
}
