import fc from 'fast-check';
import { request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';
import { describeOnBothStores } from '../store/testing.ts';
import { member, parsed, startForTest, type ServerForTest } from './server.testing.ts';

/** Any code units, lone surrogates and control characters too. */
const anyText = fc.uint16Array({ maxLength: 50 }).map((units) => String.fromCharCode(...units));

interface Operation {
  readonly method: string;
  readonly path: string;
}

interface Hostile extends Operation {
  readonly query: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const ID = `inc_${'0'.repeat(22)}`;
const KNOWN_STREAM = '/v1/events';

/** Every operation of the document, and each path once with methods that nobody offers. */
async function operationsOf({ ask }: ServerForTest): Promise<readonly Operation[]> {
  const document = (await ask('/openapi.json')).body;
  const paths = Object.keys(Object(member(document, 'paths')));
  expect(paths.length).toBeGreaterThan(25);
  return paths.flatMap((path) => {
    const known = Object.keys(Object(member(document, 'paths', path)));
    const methods = new Set([...known.map((name) => name.toUpperCase()), 'PATCH', 'PROPFIND']);
    return [...methods].map((method) => ({ method, path }));
  });
}

const WORDS = [
  '__proto__',
  'constructor',
  'ref',
  'stage',
  'reason',
  'outcome',
  'digest',
  'cause',
  'subject',
  'refs',
  'type',
  'key',
  'name',
  'scopes',
  'occurredAt',
  'expiresAt',
  'secret',
  'person',
  'action',
  'resource',
  'id',
];
const TEXTS = [
  '',
  '\u0000',
  '\ud800',
  'isolate',
  'read',
  'ci:credential:key-1',
  '2026-13-45T99:99:99Z',
  '9999-12-31T23:59:59Z',
  '../../etc/passwd',
  "'; drop table incident; --",
  'x'.repeat(5_000),
  '\u202e\ufeff',
  ID,
];
const text = fc.oneof(fc.constantFrom(...TEXTS), anyText);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.constantFrom(1e308, -0, Number.MAX_SAFE_INTEGER + 2, null, true),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...WORDS), text), tie('value')), { maxLength: 6 })
      .map(
        // defineProperty, because an assignment to __proto__ would not be a member.
        (pairs) =>
          pairs.reduce<object>(
            (object, [name, value]) =>
              Object.defineProperty(object, name, { value, enumerable: true, configurable: true }),
            {},
          ),
      ),
  ),
}));
/** The right form with wrong values goes further in. */
const entity = fc.record({ type: text, id: text });
const shaped = fc
  .oneof(
    fc.record({ ref: text, stage: fc.constant('isolate'), reason: text, dryRun: fc.boolean() }),
    fc.record({ cause: fc.constant('false-alarm'), reason: text }),
    fc.record({ outcome: fc.constant('approve'), reason: text, digest: text }),
    fc.record({
      name: fc.constantFrom('a', 'b/c', '..'),
      scopes: fc.constant(['read']),
      person: text,
    }),
    fc.record({ secret: text }),
    fc.record({ subject: entity, action: fc.record({ name: text }), resource: entity }),
    fc.record({
      type: fc.constant('credential-exposed'),
      subject: fc.record({
        refs: fc.array(fc.record({ system: text, type: text, value: text }), { maxLength: 3 }),
        secret: text,
      }),
      occurredAt: fc.constantFrom('2026-11-20T03:00:00Z', '0000-01-01T00:00:00Z'),
      key: text,
      detail: fc.dictionary(text, text, { maxKeys: 3 }),
    }),
    fc.record({
      type: fc.constantFrom('identity', 'party', 'service'),
      kind: fc.constant('ci-identity'),
      name: text,
      target: text,
      refs: fc.array(fc.record({ system: text, type: text, value: text }), { maxLength: 2 }),
      tags: fc.array(text, { maxLength: 3 }),
    }),
  )
  .map((value) => Buffer.from(JSON.stringify(value)));
const body = fc.oneof(
  shaped,
  json.value.map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(
    Buffer.from(''),
    Buffer.from('['.repeat(100_000)),
    Buffer.from('{"a":'.repeat(2_000)),
    Buffer.from(`"${'x'.repeat(70_000)}"`),
    Buffer.from('{"ref":"a","stage":"isolate","reason":"\ud800"}'),
    Buffer.from('{"ref":"a\\u0000b","stage":"isolate","reason":"x"}'),
    Buffer.from('{"ref":"a","stage":"isolate","reason":"\\ud800"}'),
    Buffer.from('{"name":"x","scopes":["read"],"person":"\\ud800"}'),
    Buffer.from('{"outcome":"approve","reason":"\\ud800\\u0000","digest":"x"}'),
    Buffer.from('{"cause":"false-alarm","reason":"\\u0000\\ud800"}'),
    Uint8Array.of(0x22, 0xc3, 0x28, 0x22),
    Buffer.from('{"type":"identity"}\n\n[]\nnull\n"\n{"type":"edge","from":{},"to":[]}\n'),
  ),
);
const type = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/json; charset=utf-16',
  'application/x-ndjson',
  'text/plain',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'ref',
          'limit',
          'cursor',
          'before',
          'from',
          'position',
          'size',
          'to',
          'state',
          'decision',
          'identity',
          'kind',
          'code',
          'depth',
          'text',
          'person',
          'subject',
          '__proto__',
        ),
        fc.oneof(
          text,
          fc.constantFrom('1e9', '-1', 'NaN', '99999999999999999999', 'contain', 'open', 'blocked'),
        ),
      ),
      { maxLength: 3 },
    )
    .map(
      (pairs) =>
        `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`,
    ),
  fc.constantFrom(
    '?%',
    '?ref=%ff%fe',
    '?ref=%00',
    '?limit=1&limit=2',
    '?__proto__[a]=1',
    '?from=0&to=0',
    '?from=1&to=0',
    '?position=0',
    '?position=5&size=2',
  ),
);
const place = fc.oneof(
  fc.constantFrom(
    ID,
    '%00',
    '%ff',
    '..%2f',
    '__proto__',
    'x'.repeat(2_000),
    'tok_',
    '%F0%9F%94%A5',
  ),
  text.map((value) => encodeURIComponent(value.toWellFormed())),
);
const headers = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'firebreak-source': 'scanner', 'firebreak-signature': `t=1,v1=${'0'.repeat(64)}` },
  { 'firebreak-source': 'scanner' },
  { 'firebreak-source': 'nobody', 'firebreak-signature': 'x' },
  { 'last-event-id': '-1' },
  { 'last-event-id': '99999999999999999999' },
  { authorization: 'Basic eDp5' },
  { authorization: `Bearer ${'x'.repeat(5_000)}` },
  { cookie: 'firebreak_session=fbs_x; a=b;;=' },
);

interface Said {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** By hand: fetch would refuse to send much of this. */
function send({ url, token }: ServerForTest, hostile: Hostile, path: string): Promise<Said> {
  const target = new URL(url);
  const type: Readonly<Record<string, string>> =
    hostile.type === '' ? {} : { 'content-type': hostile.type };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method: hostile.method,
        path: `${path}${hostile.query}`,
        headers: {
          authorization: `Bearer ${token}`,
          'content-length': hostile.body.length,
          ...type,
          ...hostile.headers,
        },
      },
      (answer) => {
        let said = '';
        answer.setEncoding('utf8');
        const done = (): void => {
          resolve({
            status: answer.statusCode ?? 0,
            type: String(answer.headers['content-type'] ?? ''),
            text: said,
          });
        };
        answer.on('data', (chunk) => {
          said += String(chunk);
          // A stream of events never ends by itself.
          if (answer.headers['content-type'] === 'text/event-stream') {
            done();
            answer.destroy();
          }
        });
        answer.on('end', done);
      },
    );
    sent.on('error', reject);
    sent.end(hostile.body);
  });
}

function expectAnswer(said: Said, what: string): void {
  expect(said.status, `${what}: ${said.text.slice(0, 300)}`).not.toBe(500);
  expect(said.status, what).toBeLessThan(500);
  if (said.status < 400) return;
  expect(said.type, what).toBe('application/problem+json');
  const problem = parsed(said.text);
  expect(member(problem, 'status'), what).toBe(said.status);
  for (const name of ['code', 'detail', 'remedy', 'title', 'type']) {
    expect(member(problem, name), `${what}: ${name}`).toMatch(/\S/u);
  }
  // Every placeholder was filled in.
  expect(
    `${String(member(problem, 'detail'))}${String(member(problem, 'remedy'))}`,
    what,
  ).not.toMatch(/\{\w+\}/u);
}

describeOnBothStores('hostile requests', (_open, on) => {
  it('never meet a fault of ours, on any route: every refusal has a code and a remedy', async () => {
    const server = await startForTest(await on.freshPlace());
    const operations = await operationsOf(server);
    const own = operations.filter(
      ({ method, path }) => !(method === 'POST' && path === '/sign-out'),
    );
    const runs = 40;
    for (const operation of own) {
      await fc.assert(
        fc.asyncProperty(
          fc.record({ place, query, type, body, headers }),
          async ({ place: filled, ...rest }) => {
            const path = operation.path.replaceAll(/\{\w+\}/gu, () => filled);
            const said = await send(server, { ...operation, ...rest }, path);
            expectAnswer(
              said,
              `${operation.method} ${path.slice(0, 100)}${rest.query.slice(0, 100)}`,
            );
          },
        ),
        { numRuns: operation.path === KNOWN_STREAM ? 20 : runs },
      );
    }
    // It still works.
    expect((await server.ask('/readyz')).status).toBe(200);
  }, 60_000);
});
