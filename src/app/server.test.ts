import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { openCheckpoint, parseVerifierKey, verifyExport } from '../ledger/index.ts';
import { createDirectoryForTest, describeOnBothStores } from '../store/testing.ts';
import { resolveSettings, startServer } from './index.ts';
import {
  dataFile,
  openWorldForTest,
  member,
  post,
  signed,
  startForTest,
  type ServerForTest,
} from './server.testing.ts';

const LINES = [
  { type: 'party', name: 'payments', refs: [{ system: 'org', type: 'party', value: 'payments' }] },
  {
    type: 'identity',
    kind: 'ci-identity',
    name: 'ci-deployer',
    target: 'ci',
    environment: 'prod',
    refs: [{ system: 'ci', type: 'identity', value: 'ci-deployer' }],
  },
  {
    type: 'credential',
    identity: 'ci:identity:ci-deployer',
    kind: 'access-token',
    refs: [{ system: 'ci', type: 'credential', value: 'key-1' }],
    secret: 'hunter2hunter2',
  },
];
const NDJSON = LINES.map((line) => JSON.stringify(line)).join('\n');

function signalBody(key: string, refs: readonly unknown[]): string {
  return JSON.stringify({
    type: 'credential-exposed',
    subject: { refs },
    occurredAt: new Date().toISOString(),
    confidence: 'strong',
    key,
  });
}

async function importLines({ ask }: ServerForTest): Promise<unknown> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const init = { method: 'POST', headers, body: NDJSON };
  return (await ask('/v1/inventory/import?source=test', init)).body;
}

async function sendSignal({ ask }: ServerForTest, body: string): ReturnType<ServerForTest['ask']> {
  return await ask(
    '/v1/signals',
    post(body, { ...signed(body, Date.now()), authorization: 'none' }),
  );
}

describeOnBothStores('the server', (_open, on) => {
  const start = async (): Promise<ServerForTest> => startForTest(await on.freshPlace());

  it('is ready when its store, its lease and its ledger are, and says what it is made of', async () => {
    const server = await start();
    expect((await server.ask('/healthz', { headers: { authorization: 'none' } })).body).toEqual({
      status: 'ok',
    });
    const ready = await server.ask('/readyz', { headers: { authorization: 'none' } });
    expect(ready.status).toBe(200);
    expect(member(ready.body, 'ready')).toBe(true);
    const { text } = await server.ask('/metrics');
    expect(text).toContain(
      'firebreak_http_requests_total{route="/readyz",method="GET",status="200"} 1',
    );
    expect(text).toMatch(/^firebreak_ledger_sealed_entries \d+$/mu);
    expect(text).toMatch(/^firebreak_event_loop_delay_p99_seconds [\d.e-]+$/mu);
  });

  it('takes an inventory in and finds an identity by any name and by its secret', async () => {
    const server = await start();
    expect(await importLines(server)).toMatchObject({ added: 3, rejectedCount: 0 });
    expect(await importLines(server)).toMatchObject({ added: 0, unchanged: 3 });
    const byRef = await server.ask('/v1/lookup?ref=ci:identity:ci-deployer');
    const id = String(member(byRef.body, 'identity', 'id'));
    const bySecret = await server.ask('/v1/lookup', post({ secret: 'hunter2hunter2' }));
    expect(member(bySecret.body, 'identity', 'id')).toBe(id);
    expect(bySecret.text + byRef.text).not.toMatch(/hunter2|hs256/u);
    expect((await server.ask(`/v1/identities/${id}/blast-radius?depth=2`)).status).toBe(200);
    expect((await server.ask(`/v1/identities/${id}/collateral`)).status).toBe(200);
    const who = await server.ask('/v1/authority/who?decision=contain&identity=ci-deployer');
    expect(member(who.body, 'holders', 0, 'person')).toBe('mia');
    const ask = '/v1/authority/who?decision=contain&at=2026-12-02T09:02:00Z';
    const suspect = await server.ask(`${ask}&severity=sev2&suspect=mia&signal=credential-exposed`);
    expect(suspect.status).toBe(200);
    expect(member(suspect.body, 'at')).toBe('2026-12-02T09:02:00.000Z');
    expect(JSON.stringify(member(suspect.body, 'resolution', 'ladder', 0, 'skipped'))).toContain(
      'suspect',
    );
    expect((await server.ask(`${ask}&suspect=nobody-we-know`)).status).toBe(400);
    expect((await server.ask(`${ask}&signal=leak`)).status).toBe(400);
  });

  it('accepts a signed signal once, and opens an incident that everybody can follow', async () => {
    const { world, connectors, inventory } = await openWorldForTest();
    const server = await startForTest(await on.freshPlace(), { connectors });
    await server.parts.inventory.importRecords(inventory.split('\n'), { source: 'world' });
    const someone = world.organisation.members.find(({ target }) => target === 'ci');
    const { refs } = world.leak('ci', { identity: someone?.identity ?? '' });
    const body = signalBody('alert-1', refs);
    const first = await sendSignal(server, body);
    const again = await sendSignal(server, body);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(member(first.body, 'repeated')).toBe(false);
    expect(again.body).toEqual({ signalId: member(first.body, 'signalId'), repeated: true });
    const incident = await untilFound(async () => {
      const listed = await server.ask('/v1/incidents');
      return member(listed.body, 'incidents', 0, 'id');
    });
    const path = `/v1/incidents/${String(incident)}`;
    const timeline = await server.ask(`${path}/timeline`);
    expect(timeline.text).toContain('Opened at');
    const cut = await untilFound(async () =>
      member((await server.ask(path)).body, 'cuts', 0, 'id'),
    );
    const containment = await server.ask(`/v1/containments/${String(cut)}`);
    expect(member(containment.body, 'incident')).toBe(incident);
    expect((await server.ask('/metrics')).text).toMatch(
      /^firebreak_cuts\{status="\w[\w-]*"\} 1$/mu,
    );
  });

  it('refuses a signal that is signed for something else, and believes it no less instead', async () => {
    const server = await start();
    const headers = { ...signed(signalBody('one', []), Date.now()), authorization: 'none' };
    const forged = await server.ask('/v1/signals', post(signalBody('two', []), headers));
    expect([forged.status, member(forged.body, 'code')]).toEqual([401, 'signal-unauthentic']);
    const nobody = await server.ask(
      '/v1/signals',
      post(signalBody('two', []), { authorization: 'none' }),
    );
    expect([nobody.status, member(nobody.body, 'code')]).toEqual([401, 'signal-unauthentic']);
  });

  it('gives a ledger that verifies with its public key alone', async () => {
    const server = await start();
    await importLines(server);
    await server.parts.ledger.sealNow();
    const checkpoint = (await server.ask('/v1/ledger/checkpoint')).body;
    const key = String(member(checkpoint, 'verifierKey'));
    const opened = openCheckpoint(String(member(checkpoint, 'note')), parseVerifierKey(key));
    expect(opened.size).toBe(member(checkpoint, 'size'));
    const exported = await server.ask('/v1/ledger/export');
    const report = await verifyExport(exported.text.trimEnd().split('\n'), { verifierKey: key });
    expect(report).toMatchObject({ ok: true, size: opened.size });
    const proof = await server.ask(`/v1/ledger/proof?position=0&size=${opened.size}`);
    expect(member(proof.body, 'root')).toBe(Buffer.from(opened.root).toString('base64'));
    const entries = await server.ask('/v1/ledger/entries?from=0&limit=1');
    expect(member(entries.body, 'entries', 0, 'position')).toBe(0);
  });
});

async function untilFound(look: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('who may speak', () => {
  it('asks everybody for a token but for what says nothing', async () => {
    const { ask, server } = await startForTest();
    const document = (await ask('/openapi.json', { headers: { authorization: 'none' } })).body;
    const open: string[] = [];
    for (const path of Object.keys(Object(member(document, 'paths')))) {
      for (const method of Object.keys(Object(member(document, 'paths', path)))) {
        const real = path.replaceAll('{id}', 'inc_0000000000000000000000');
        const init = { method: method.toUpperCase(), headers: { authorization: 'none' } };
        const answer = await ask(real, init);
        if (answer.status !== 401) open.push(`${init.method} ${path}`);
      }
    }
    expect(open.sort()).toEqual([
      'GET /.well-known/authzen-configuration',
      'GET /healthz',
      'GET /readyz',
      'GET /sign-in',
      'GET /sign-in/oidc/{provider}',
      'GET /sign-in/oidc/{provider}/return',
      'GET /v1/sign-in',
      'POST /v1/invitations/look',
      'POST /v1/invitations/passkey',
      'POST /v1/invitations/passkey/options',
      'POST /v1/sign-in/passkey',
      'POST /v1/sign-in/passkey/options',
      'POST /v1/sign-in/recovery',
    ]);
    // INVARIANT: a route without an access of its own would be open to everybody.
    expect(server.app.hasRoute({ method: 'GET', url: '/v1/incidents' })).toBe(true);
  });

  it('lets a token do what its scopes say and no more', async () => {
    const { ask, tokenFor } = await startForTest();
    const reader = { authorization: `Bearer ${await tokenFor('reader', ['read'])}` };
    const guard = { authorization: `Bearer ${await tokenFor('guard', ['gate'])}` };
    const request = {
      subject: { type: 'identity', id: 'x' },
      action: { name: 'a' },
      resource: { type: 'r', id: '1' },
    };
    expect((await ask('/v1/incidents', { headers: reader })).status).toBe(200);
    expect((await ask('/v1/tokens', { headers: reader })).body).toMatchObject({
      code: 'forbidden',
      facts: { scope: 'admin' },
    });
    expect((await ask('/v1/incidents', { headers: guard })).status).toBe(403);
    expect((await ask('/access/v1/evaluation', post(request, guard))).body).toMatchObject({
      decision: true,
    });
    expect((await ask('/access/v1/evaluation', post(request, reader))).status).toBe(200);
    expect(
      (await ask('/v1/containments', post({ ref: 'x', stage: 'isolate', reason: 'r' }, reader)))
        .status,
    ).toBe(403);
  });

  it('tells somebody who guesses to wait, while tokens in use go on', async () => {
    const { ask } = await startForTest();
    await ask('/v1/me');
    const wrong = { headers: { authorization: `Bearer fbt_${'0'.repeat(22)}_${'a'.repeat(43)}` } };
    const codes = [];
    for (let attempt = 0; attempt < 22; attempt += 1)
      codes.push((await ask('/v1/me', wrong)).status);
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(codes.slice(20)).toEqual([429, 429]);
    expect((await ask('/v1/me', wrong)).headers.get('retry-after')).toMatch(/^\d+$/u);
    expect((await ask('/v1/me')).status).toBe(200);
  });

  it('signs a person in once, and changes nothing for the pages of others', async () => {
    const { ask, url, parts } = await startForTest();
    await parts.people.administration.setAdministrator('mia', true, 'test');
    const code = await parts.people.signIn.createLink('mia');
    const anonymous = { headers: { authorization: 'none' } };
    const signedIn = await ask(`/sign-in?code=${code}`, anonymous);
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/']);
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^firebreak_session=fbs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/u,
    );
    expect((await ask(`/sign-in?code=${code}`, anonymous)).body).toMatchObject({
      code: 'sign-in-code-spent',
    });
    const bare = { cookie: cookie.split(';')[0] ?? '', authorization: 'none' };
    const session = { ...bare, 'x-firebreak': 'console' };
    expect((await ask('/v1/me', { headers: session })).body).toMatchObject({ person: 'mia' });
    const order = { name: 'from-a-page', scopes: ['read'] };
    const foreign = { ...session, origin: 'https://evil.example' };
    expect((await ask('/v1/tokens', post(order, foreign))).body).toMatchObject({
      code: 'origin-foreign',
    });
    expect((await ask('/v1/tokens', post(order, session))).status).toBe(403);
    expect((await ask('/v1/tokens', post(order, { ...bare, origin: url }))).status).toBe(403);
    const crossSite = { ...session, origin: url, 'sec-fetch-site': 'cross-site' };
    expect((await ask('/v1/tokens', post(order, crossSite))).status).toBe(403);
    expect((await ask('/v1/tokens', post(order, { ...session, origin: url }))).status).toBe(201);
    expect(
      (await ask('/sign-out', { method: 'POST', headers: { ...session, origin: url } })).status,
    ).toBe(204);
    expect((await ask('/v1/me', { headers: session })).status).toBe(401);
  });

  it('writes the first token to a private file, once', async () => {
    const directory = createDirectoryForTest();
    const file = `${directory}/token`;
    const place = { sqlite: `${directory}/data` };
    const first = await startServerQuietly(place.sqlite, file);
    const text = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await first.parts.tokens.verifyToken(text)).toMatchObject({ scopes: ['admin'] });
    await first.stop();
    const second = await startServerQuietly(place.sqlite, file);
    expect(readFileSync(file, 'utf8').trim()).toBe(text);
    expect(await second.parts.tokens.verifyToken(text)).not.toBeNull();
    await second.stop();
  });
});

async function startServerQuietly(
  data: string,
  bootstrapTokenFile: string,
): ReturnType<typeof startServer> {
  return await startServer(resolveSettings({ data, port: 0 }), {
    log: silentLog,
    bootstrapTokenFile,
  });
}

interface Event {
  readonly id: string;
  readonly data: unknown;
}

async function readEvents(
  { url, token }: ServerForTest,
  wanted: number,
  headers: Readonly<Record<string, string>>,
  query = '',
): Promise<readonly Event[]> {
  const stop = new AbortController();
  const answer = await fetch(`${url}/v1/events${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: stop.signal,
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const events: Event[] = [];
  let text = '';
  for await (const chunk of (answer.body ?? new ReadableStream()).pipeThrough(
    new TextDecoderStream(),
  )) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const id = /^id: (.*)$/mu.exec(part)?.[1];
      const data = /^data: (.*)$/mu.exec(part)?.[1];
      if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
    }
    if (events.length >= wanted) break;
  }
  stop.abort();
  return events;
}

describe('events', () => {
  it('come in the order of the ledger, without gaps, also to a reader that comes back', async () => {
    const server = await startForTest();
    for (let index = 0; index < 12; index += 1) await server.tokenFor(`token-${index}`, ['read']);
    await server.parts.ledger.sealNow();
    const first = await readEvents(server, 6, {}, '?from=0');
    const positions = first.slice(0, 6).map(({ id }) => Number(id));
    expect(positions).toEqual([0, 1, 2, 3, 4, 5]);
    expect(member(first[2]?.data, 'position')).toBe(2);
    const rest = await readEvents(server, 8, { 'last-event-id': '5' });
    expect(rest.map(({ id }) => Number(id)).slice(0, 7)).toEqual([6, 7, 8, 9, 10, 11, 12]);
    const wrong = await server.ask('/v1/events', { headers: { 'last-event-id': 'x' } });
    expect(wrong.body).toMatchObject({ code: 'request-invalid' });
  });

  it('begin with what comes next when nothing else is asked for', async () => {
    const server = await startForTest();
    await server.parts.ledger.sealNow();
    const { size } = await server.parts.ledger.latestCheckpoint();
    const reading = readEvents(server, 1, {});
    await untilFound(async () =>
      /^firebreak_event_streams 1$/mu.test((await server.ask('/metrics')).text) ? true : undefined,
    );
    await server.tokenFor('new', ['read']);
    expect((await reading)[0]?.id).toBe(String(size));
    await untilFound(async () =>
      /^firebreak_event_streams 0$/mu.test((await server.ask('/metrics')).text) ? true : undefined,
    );
  });
});

describe('a reader of events that goes away', () => {
  it('gives its place in the ledger back', async () => {
    const server = await startForTest();
    const { ledger } = server.parts;
    const follow = ledger.follow;
    let following = 0;
    vi.spyOn(ledger, 'follow').mockImplementation((position, listener) => {
      following += 1;
      const stop = follow(position, listener);
      return () => {
        following -= 1;
        stop();
      };
    });
    await readEvents(server, 1, {}, '?from=0');
    await untilFound(async () => (following === 0 ? true : undefined));
    expect(ledger.follow).toHaveBeenCalledTimes(1);
  });
});

describe('answers', () => {
  it('are protected, and the page is allowed nothing from elsewhere', async () => {
    const { ask } = await startForTest();
    const api = await ask('/v1/incidents');
    expect(api.headers.get('cache-control')).toBe('no-store');
    expect(api.headers.get('x-content-type-options')).toBe('nosniff');
    const page = await ask('/', { headers: { authorization: 'none' } });
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/<style|<script>|onload=|style=/u);
    const etag = page.headers.get('etag') ?? '';
    expect((await ask('/', { headers: { 'if-none-match': etag } })).status).toBe(304);
    for (const screen of ['/incidents', '/decisions/dec_1', '/authority']) {
      expect((await ask(screen, { headers: { authorization: 'none' } })).text).toBe(page.text);
    }
  });

  it('name what is not there and how it could be asked', async () => {
    const { ask } = await startForTest();
    expect((await ask('/v1/nothing')).body).toMatchObject({ code: 'route-unknown', status: 404 });
    const put = await ask('/v1/tokens', { method: 'PUT' });
    expect(put.body).toMatchObject({ code: 'method-unsupported', status: 405 });
    expect(put.headers.get('allow')).toBe('POST, GET');
    expect((await ask('/v1/incidents/inc_1')).body).toMatchObject({ code: 'id-malformed' });
    const missing = `inc_${'0'.repeat(22)}`;
    expect((await ask(`/v1/incidents/${missing}`)).body).toMatchObject({
      code: 'incident-unknown',
    });
    const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' };
    expect((await ask('/v1/tokens', text)).body).toMatchObject({ code: 'media-type-unsupported' });
    const huge = await ask('/v1/tokens', post(`"${'x'.repeat(1_100_000)}"`));
    expect(huge.body).toMatchObject({ code: 'request-too-large', status: 413 });
    expect((await ask('/v1/incidents/%ff')).body).toMatchObject({ code: 'request-malformed' });
  });

  it('also to what is no HTTP', async () => {
    const { url } = await startForTest();
    const { hostname, port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('hello\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('end', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /u);
    expect(answer).toContain('"code":"request-malformed"');
  });
});

describe('starting and stopping', () => {
  it('lets a begun request end, ends streams, and frees the data directory', async () => {
    const server = await startForTest();
    const stream = await fetch(`${server.url}/v1/events`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    const halves = new TransformStream<string, string>();
    const writer = halves.writable.getWriter();
    const begun = server.ask('/v1/inventory/import', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: halves.readable.pipeThrough(new TextEncoderStream()),
      duplex: 'half',
    } as RequestInit); // fetch wants `duplex` for a stream; its types do not know it
    const arrived = once(server.server.app.server, 'request');
    await writer.write(`${JSON.stringify(LINES[0])}\n`);
    await arrived;
    const stopping = server.stop(5_000);
    await writer.write(`${JSON.stringify(LINES[1])}\n`);
    await writer.close();
    expect(await begun).toMatchObject({ status: 200, body: { added: 2 } });
    await stopping;
    expect(await stream.text()).toContain('retry:');
    const again = await startForTest({ sqlite: server.settings.data });
    expect((await again.ask('/v1/lookup?ref=ci-deployer')).status).toBe(200);
  });

  it('takes back what it began when it cannot listen', async () => {
    const first = await startForTest();
    const data = createDirectoryForTest();
    const port = Number(new URL(first.url).port);
    const settings = resolveSettings({ data, port });
    await expect(startServer(settings, { log: silentLog })).rejects.toMatchObject({
      code: 'port-taken',
    });
    const later = await startServer(resolveSettings({ data, port: 0 }), { log: silentLog });
    await later.stop();
  });

  it('refuses a data directory that is in use, and a key that is not the one of the store', async () => {
    const first = await startForTest();
    const { data } = first.settings;
    const again = resolveSettings({ data, port: 0 });
    await expect(startServer(again, { log: silentLog })).rejects.toMatchObject({
      code: 'store-locked',
    });
    await first.stop();
    expect(statSync(dataFile(first, 'master.key')).mode & 0o777).toBe(0o600);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(dataFile(first, 'master.key'), createHash('sha256').update('x').digest('hex'));
    await expect(startServer(again, { log: silentLog })).rejects.toMatchObject({
      code: 'server-key-wrong',
    });
    expect(existsSync(dataFile(first, 'firebreak.db'))).toBe(true);
  });
});
