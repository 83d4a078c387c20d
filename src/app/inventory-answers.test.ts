import { describe, expect, it } from 'vitest';
import { member, post, startForTest, type ServerForTest } from './server.testing.ts';

// What a responder reads: names, and no silence where something was mistyped.

const edge = (from: string, relation: string, to: string): object => ({
  type: 'edge',
  from,
  relation,
  to,
});

const LINES = [
  { type: 'party', name: 'Team Till', refs: ['dir:team:till'] },
  { type: 'party', name: 'Team Shop', refs: ['dir:team:shop'] },
  {
    type: 'identity',
    kind: 'ci-identity',
    name: 'builder',
    target: 'ci',
    refs: ['ci:identity:builder'],
    owners: [{ role: 'technical', party: 'dir:team:till', basis: 'tag', confidence: 0.9 }],
  },
  {
    type: 'credential',
    identity: 'ci:identity:builder',
    kind: 'access-token',
    refs: ['ci:token:9'],
  },
  {
    type: 'identity',
    kind: 'service-account',
    name: 'role/deploy',
    target: 'ci',
    refs: ['ci:role:d'],
  },
  { type: 'workload', name: 'till', refs: ['k8s:pod:till'], tags: ['owner:dir:team:till'] },
  { type: 'workload', name: 'web', refs: ['k8s:pod:web'], tags: ['owner:dir:team:shop'] },
  { type: 'resource', name: 'orders-db', refs: ['db:name:orders'] },
  { type: 'service', name: 'checkout', refs: ['catalog:service:checkout'], tier: 1 },
  edge('ci:identity:builder', 'assumes', 'ci:role:d'),
  edge('ci:role:d', 'reaches', 'db:name:orders'),
  edge('catalog:service:checkout', 'depends-on', 'db:name:orders'),
  edge('k8s:pod:till', 'uses', 'ci:token:9'),
  edge('k8s:pod:web', 'uses', 'ci:token:9'),
];

async function imported(
  server: ServerForTest,
  lines: readonly object[],
  query = '',
): Promise<void> {
  const answer = await server.ask(`/v1/inventory/import?source=test${query}`, post(lines));
  expect(answer.status, answer.text).toBe(200);
  expect(member(answer.body, 'rejected')).toEqual([]);
}

async function started(): Promise<{ server: ServerForTest; id: string }> {
  const server = await startForTest();
  await imported(server, LINES);
  const found = await server.ask('/v1/lookup?ref=ci:identity:builder');
  return { server, id: String(member(found.body, 'identity', 'id')) };
}

describe('the answers of the inventory over HTTP', () => {
  it('name every hop, every cut and every owner, and know the import that has just ended', async () => {
    const { server, id } = await started();
    const blast = await server.ask(`/v1/identities/${id}/blast-radius`);
    expect(member(blast.body, 'criticalServices', 0, 'path')).toMatchObject([
      { fromName: 'builder', relation: 'assumes', toName: 'role/deploy', reversed: false },
      { fromName: 'role/deploy', relation: 'reaches', toName: 'orders-db' },
      { fromName: 'orders-db', relation: 'depends-on', toName: 'checkout', reversed: true },
    ]);
    const body = { compromised: ['ci:token:9'] };
    const cut = await server.ask('/v1/dependencies/cheapest-cut', post(body));
    const [chosen]: unknown[] = Object(member(cut.body, 'cuts'));
    expect(member(cut.body, 'outcome')).toBe('separated');
    expect(member(chosen, 'closes', 0)).toMatchObject({
      fromName: 'access-token 9',
      toName: 'builder',
    });
    for (const path of [`/v1/identities/${id}/shared-uses`, '/v1/dependencies/shared-uses']) {
      const shared = await server.ask(path);
      expect(member(shared.body, 'count'), shared.text).toBe(1);
      expect(member(shared.body, 'found', 0)).toMatchObject({
        credentials: [{ name: 'access-token 9' }],
        owners: ['Team Shop', 'Team Till'],
        why: expect.stringContaining('access-token 9'),
      });
      const among: readonly { readonly name: string }[] = Object(
        member(shared.body, 'found', 0, 'among'),
      );
      expect(among.map(({ name }) => name).toSorted()).toEqual(['till', 'web']);
    }
    const more = { type: 'service', name: 'late', refs: ['catalog:service:late'], tier: 1 };
    await imported(server, [more, edge('catalog:service:late', 'depends-on', 'db:name:orders')]);
    const after = await server.ask(`/v1/identities/${id}/blast-radius`);
    expect(member(after.body, 'criticalServiceCount')).toBe(2);
  });

  it('refuse a cheapest cut of what nobody knows: it would read as nothing to cut', async () => {
    const { server } = await started();
    const ask = (body: object) => server.ask('/v1/dependencies/cheapest-cut', post(body));
    for (const body of [
      { compromised: ['ci:token:8'] },
      { compromised: ['ci:token:9'], protect: ['chekout'] },
      { compromised: ['ci:token:9'], keep: ['ci:identity:bilder'] },
    ]) {
      const answer = await ask(body);
      expect([answer.status, member(answer.body, 'code')]).toEqual([404, 'node-unknown']);
    }
    const protect = ['catalog:service:checkout'];
    for (const one of [protect, ['checkout'], undefined]) {
      const answer = await ask({ compromised: ['ci:token:9'], protect: one });
      expect(member(answer.body, 'outcome'), answer.text).toBe('separated');
    }
  });

  it('list identities with risk and owner state, count facets, and mark what is gone', async () => {
    const { server, id } = await started();
    const list = await server.ask('/v1/identities?sort=risk');
    expect(member(list.body, 'identities', 0)).toMatchObject({
      risk: expect.any(Number),
      riskReason: expect.any(String),
      ownerState: expect.stringMatching(/owned|orphan|stale/u),
    });
    const facets = await server.ask('/v1/identities/facets?kind=ci-identity&gone=true');
    expect(facets.body).toMatchObject({
      count: 1,
      facets: { kind: [{ value: 'ci-identity', count: 1 }] },
    });
    expect((await server.ask('/v1/identities/facets?sort=risk')).status).toBe(400);

    await imported(
      server,
      LINES.filter((line) => !('kind' in line && line.kind === 'access-token')).slice(0, -2),
      '&mode=snapshot',
    );
    const card = await server.ask(`/v1/identities/${id}`);
    expect(member(card.body, 'credentials', 0, 'gone')).toMatchObject({ source: 'test' });
  });
});
