import { expect, it } from 'vitest';
import type { Leak } from '../../src/world/index.ts';
import { openBook, openEdge, type Edge } from './harness/api.ts';
import { signingSecrets } from './harness/reports.ts';
import { bytesOfPlace, secretsIn, textOfStore } from './harness/search.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

/** All that somebody could use: on the targets, and to speak in somebody's name. */
function secretsOf(story: Story, leak: Leak, edge: Edge): readonly string[] {
  const target = story.world.target('ci');
  const minted = story.world.attackers().flatMap(({ known }) => known.map((one) => one.secret));
  const control = story.world.organisation.controls.get('ci')?.credential ?? '';
  const account = target.account.token;
  const all = [leak.secret, ...minted, target.secretOf(control), account, edge.token];
  return [...new Set([...all, ...signingSecrets()])];
}

async function ask(
  { server, token }: Edge,
  method: 'GET' | 'POST',
  url: string,
  payload?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await server.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return `${answer.statusCode} ${JSON.stringify(answer.headers)} ${answer.body}`;
}

/** Every list and every card that an incident touches. */
async function readAll(story: Story, edge: Edge, leak: Leak): Promise<string> {
  const { id, cuts, identities } = await story.incident();
  const ref = encodeURIComponent(`ci:credential:${leak.credential}`);
  const urls = [
    '/v1/incidents',
    `/v1/incidents/${id}`,
    `/v1/incidents/${id}/timeline`,
    '/v1/decisions',
    ...cuts.map((cut) => `/v1/containments/${cut.id}`),
    '/v1/identities',
    ...identities.map((one) => `/v1/identities/${one.id}`),
    `/v1/lookup?ref=${ref}`,
    '/v1/ledger/entries',
    '/v1/ledger/export',
    '/v1/steps',
    '/v1/tokens',
    '/v1/me',
    '/metrics',
    '/readyz',
    '/openapi.json',
  ];
  const answers = await Promise.all(urls.map((url) => ask(edge, 'GET', url)));
  for (const [index, answer] of answers.entries()) expect(answer, urls[index]).toMatch(/^200 /u);
  return answers.join('\n');
}

/** What goes wrong is told, without the secret that went with it. */
async function provoke(story: Story, edge: Edge, leak: Leak): Promise<string> {
  const { secret } = leak;
  const signal = { type: 'credential-exposed', key: 'provoked', subject: { secret } };
  const unsigned = { 'firebreak-source': 'scanner' };
  const wrong = { ...unsigned, 'firebreak-signature': `t=1,v1=${'0'.repeat(64)}` };
  const answers = await Promise.all([
    ask(edge, 'POST', '/v1/lookup', { secret }),
    ask(edge, 'POST', '/v1/lookup', { secret: `${secret}x` }),
    ask(edge, 'POST', '/v1/lookup', { secret: [secret] }),
    ask(edge, 'POST', '/v1/signals', signal, unsigned),
    ask(edge, 'POST', '/v1/signals', signal, wrong),
    ask(edge, 'POST', '/v1/signals', { ...signal, type: 7 }),
    ask(edge, 'POST', '/v1/containments', { ref: 'x', stage: 'nonsense', secret }),
    ask({ ...edge, token: `${edge.token}x` }, 'GET', '/v1/me'),
  ]);
  // Somebody pastes it into the search: the answer may name what was asked for, the log may not.
  await ask(edge, 'GET', `/v1/lookup?ref=${encodeURIComponent(secret)}`);
  expect(answers[0]).toMatch(/^200 /u);
  return answers.join('\n');
}

tellOnBothStores('no secret', (open, { freshPlace }) => {
  it('is in a log, a ledger entry, a table, a file, an answer or an error', async () => {
    const book = openBook();
    const place = await freshPlace();
    const story = await tell(() => open(place), { targets: ['ci'], log: book.log });
    const edge = await openEdge(story, book.log);
    story.world.target('ci').propagate({ minMs: 1_500, maxMs: 1_500 });
    const leak = story.leak('ci');
    story.world.attack({ leak, script: 'mint-second-key' });
    story.world.attack({ leak, script: 'hold-session' });
    story.world.faults.add({
      target: 'ci',
      plane: 'control',
      operation: 'disable',
      kind: 'error',
      count: 2,
    });
    await story.pass('200 ms');
    await story.report(leak);
    await story.untilRevoked();
    await story.person('jonas').restores(`ci:identity:${leak.identity}`, 'resolved');
    await story.untilClosed();
    await story.engine.ledger.sealNow();

    const secrets = secretsOf(story, leak, edge);
    expect(secrets.length).toBeGreaterThan(8);
    expect(secretsIn(await readAll(story, edge, leak), secrets)).toEqual([]);
    expect(secretsIn(await provoke(story, edge, leak), secrets)).toEqual([]);
    expect(secretsIn(await textOfStore(story.store), secrets)).toEqual([]);
    expect(secretsIn(bytesOfPlace(place), secrets)).toEqual([]);
    expect(book.text().length).toBeGreaterThan(0);
    expect(secretsIn(book.text(), secrets)).toEqual([]);
    // The search itself finds what is there.
    expect(secretsIn(await textOfStore(story.store), [leak.credential])).not.toEqual([]);
  });
});
