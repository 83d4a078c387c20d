import { expect, it } from 'vitest';
import { createPushableClock, Secret } from '../../kernel/index.ts';
import { SIGNATURE_HEADER, verifySignature } from '../../signals/index.ts';
import type { Page } from './notifier.ts';
import { createWebhookNotifier } from './webhook.ts';

const PAGE: Page = {
  key: 'stp_1:mia',
  person: 'mia',
  channels: ['push'],
  about: 'opened',
  seat: 'ir-lead',
  decision: {
    id: 'dec_1',
    incident: 'inc_1',
    kind: 'contain',
    question: 'Suspend deploy on ci?',
    digest: 'sha256:1',
    deadline: null,
  },
  text: 'It is yours to decide: Suspend deploy on ci?',
};

function answering(status: number) {
  const clock = createPushableClock();
  const secret = new Secret('the-hook-is-signed-with-this');
  const sent: { readonly body: string; readonly headers: Headers }[] = [];
  const notifier = createWebhookNotifier({
    url: 'https://pages.example/hook',
    secret,
    clock,
    fetch: (_url, init) => {
      sent.push({
        body: typeof init?.body === 'string' ? init.body : '',
        headers: new Headers(init?.headers),
      });
      return Promise.resolve(new Response(null, { status }));
    },
  });
  return { notifier, sent, secret, clock };
}

it('sends a signed page with a key that a repeat keeps', async () => {
  const { notifier, sent, secret, clock } = answering(202);
  const { signal } = new AbortController();
  expect(await notifier.notify(PAGE, signal)).toEqual({ reached: true, channel: 'webhook' });
  await notifier.notify(PAGE, signal);
  expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual([PAGE.key, PAGE.key]);
  const [first] = sent;
  if (first === undefined) throw new Error('it was sent');
  const signature = first.headers.get(SIGNATURE_HEADER) ?? '';
  verifySignature(secret, signature, first.body, clock.nowMs());
  expect(() => {
    verifySignature(secret, signature, `${first.body} `, clock.nowMs());
  }).toThrow('signature');
});

it('says that nobody is reached when a repeat would not help, and asks for another try otherwise', async () => {
  const { signal } = new AbortController();
  expect(await answering(404).notifier.notify(PAGE, signal)).toMatchObject({ reached: false });
  await expect(answering(503).notifier.notify(PAGE, signal)).rejects.toThrow('503');
  await expect(answering(429).notifier.notify(PAGE, signal)).rejects.toThrow('429');
});
