import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Io } from './io.ts';
import { runCli } from './run.ts';

const NOW_MS = Date.parse('2026-12-01T03:10:00Z');

type Answers = Readonly<Record<string, unknown>>;
type Ask = (...argv: readonly string[]) => Promise<{ code: number; out: string; err: string }>;

/** A server that knows these answers by path; an answer with a `code` is a problem. */
async function answering(answers: Answers): Promise<Ask> {
  const server = createServer((request, response) => {
    const body = answers[request.url ?? ''] ?? {
      code: 'identity-unknown',
      detail: 'd',
      remedy: 'r',
    };
    const isProblem = typeof body === 'object' && body !== null && 'code' in body;
    response.writeHead(isProblem ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return async (...argv) => {
    let [out, err] = ['', ''];
    const io: Io = {
      out: (text) => (out += text),
      err: (text) => (err += text),
      environment: { FIREBREAK_URL: `http://127.0.0.1:${port}`, FIREBREAK_TOKEN: 'fbt_x' },
      readInput: () => Promise.resolve(''),
      nowMs: () => NOW_MS,
      colour: false,
    };
    return { code: await runCli(argv, io), out, err };
  };
}

const hop = (fromName: string, relation: string, toName: string, reversed = false): object => ({
  from: 'a',
  fromName,
  relation,
  to: 'b',
  toName,
  reversed,
});
const WAY = [
  hop('builder', 'assumes', 'role/deploy'),
  hop('role/deploy', 'depends-on', 'shop', true),
];
const WAY_TEXT = 'builder -assumes-> role/deploy <-depends-on- shop';

const identity = (id: string, name: string): object => ({
  id,
  name,
  kind: 'ci-identity',
  target: 'ci',
  environment: 'prod',
  gone: null,
  ownerState: 'orphan',
  risk: 61,
  riskReason: 'it holds admin:*',
});

describe('the command line shows', () => {
  it('names along the way of the attacker, and the whole way into what is critical', async () => {
    const service = {
      id: 's',
      kind: 'service',
      name: 'shop',
      depth: 2,
      environment: null,
      path: WAY,
    };
    const blast = {
      reached: [service],
      reachedCount: 1,
      countByKind: { service: 1 },
      criticalServices: [service],
      reachesProduction: false,
      cutShort: null,
      revision: 3,
      oldestEdgeAt: null,
    };
    const cut = {
      outcome: 'separated',
      why: 'w',
      cuts: [
        {
          kind: 'identity',
          name: 'role/deploy',
          weight: 3,
          breaks: { consumers: 1, services: [{ id: 's', name: 'shop', tier: 1 }] },
          closes: WAY,
        },
      ],
      openPath: [],
      remaining: {},
      revision: 3,
      oldestEdgeAt: null,
    };
    const ask = await answering({
      '/v1/lookup?ref=builder': { identity: { id: 'idn_1' }, credential: null },
      '/v1/identities/idn_1/blast-radius': blast,
      '/v1/dependencies/cheapest-cut': cut,
    });
    const { out } = await ask('blast', 'builder');
    expect(out).toContain('2  service  shop    role/deploy <-depends-on-');
    expect(out).toContain(`The first way into each critical service\n  ${WAY_TEXT}\n`);
    const cheapest = await ask('cheapest-cut', 'builder');
    expect(cheapest.out).toContain(`role/deploy closes ${WAY_TEXT}\n`);
    expect(cheapest.out).toContain('1 services (shop)');
  });

  it('risk, its main reason and the state of the owners in lists, under a heading', async () => {
    const query = '/v1/identities?expiresBefore=2026-12-31T00%3A00%3A00Z&riskMin=60';
    const ask = await answering({
      [query]: { identities: [identity('idn_1', 'builder')], cursor: null },
      '/v1/identities?kind=ai-agent': { identities: [], cursor: null },
    });
    const { out } = await ask(
      'identity',
      'list',
      '--ends-before',
      '2026-12-31',
      '--risk-min',
      '60',
    );
    const [head, row] = out.split('\n');
    expect(head?.split(/ {2,}/u)).toContain('mainly because');
    expect(row?.split(/ {2,}/u).slice(-3)).toEqual(['orphan', '61', 'it holds admin:*']);
    expect((await ask('identity', 'list', '--kind', 'ai-agent')).out).toMatch(/^no identity fits/u);
    expect((await ask('identity', 'list', '--unused-since', 'May')).code).toBe(2);
  });

  it('what a snapshot keeps, and that a CSV needs a mapping', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'firebreak-text-')), 'rows.csv');
    writeFileSync(file, 'a,b');
    const counts = { added: 0, changed: 0, unchanged: 5, gone: 0, kept: 3, pending: 0 };
    const rejected = [{ line: 2, problem: 'no JSON' }];
    const ask = await answering({
      '/v1/connectors/cloud/sync': { ...counts, rejected, rejectedCount: 1 },
      '/v1/inventory/import?format=csv': { ...counts, rejected, rejectedCount: 1 },
      '/v1/inventory/import?format=firebreak': {
        ...counts,
        kept: 0,
        rejected: [],
        rejectedCount: 0,
      },
    });
    const kept = await ask('import', file, '--format', 'csv');
    expect([kept.code, kept.out]).toEqual([1, expect.stringContaining('3 that the snapshot does')]);
    expect(kept.out).not.toContain('Nothing has changed');
    const synced = await ask('sync', 'cloud');
    expect([synced.code, synced.out]).toEqual([1, expect.stringContaining('3 that the snapshot')]);
    const same = await ask('import', file, '--format', 'firebreak');
    expect([same.code, same.out]).toEqual([0, expect.stringContaining('Nothing has changed')]);
    const unmapped = await ask('import', file);
    expect(unmapped.code).toBe(2);
    expect(unmapped.err).toContain('--mapping');
  });

  it('that an empty answer about what is gone is no all-clear', async () => {
    const gone = { at: '2026-11-20T18:00:30.553Z', source: 'aws' };
    const rotation = { groups: [], breaks: [], truncated: false, revision: 1, oldestEdgeAt: null };
    const ask = await answering({
      '/v1/lookup?ref=x': { identity: { id: 'idn_1', name: 'old', gone }, credential: null },
      '/v1/identities/idn_1/rotation': rotation,
    });
    const { out, err } = await ask('rotation', 'x');
    expect(out).toContain('nothing to renew');
    expect(err).toContain('aws no longer reports old since 2026-11-20');
  });

  it('the identity of a name when there is one, and a choice when there are several', async () => {
    const blast = {
      reached: [],
      reachedCount: 0,
      countByKind: {},
      criticalServices: [],
      revision: 1,
    };
    const one = { identities: [identity('idn_1', 'builder'), identity('idn_2', 'builder-2')] };
    const two = { identities: [identity('idn_1', 'twin'), identity('idn_2', 'twin')] };
    const ask = await answering({
      '/v1/identities?text=builder&limit=10': one,
      '/v1/identities?text=twin&limit=10': two,
      '/v1/identities?text=nobody&limit=10': { identities: [] },
      '/v1/lookup?ref=idn_1': { identity: { id: 'idn_1' }, credential: null },
      '/v1/identities/idn_1/blast-radius': blast,
    });
    expect((await ask('blast', 'builder')).code).toBe(0);
    const several = await ask('blast', 'twin');
    expect([several.code, several.out]).toEqual([2, '']);
    expect(several.err).toMatch(/idn_1 +twin/u);
    expect(several.err).toMatch(/idn_2 +twin/u);
    expect((await ask('blast', 'nobody')).err).not.toContain('repeat with the id');
  });
});
