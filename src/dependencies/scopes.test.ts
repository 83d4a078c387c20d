import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CredentialRecord, EdgeRecord } from '../inventory/index.ts';
import { credential, edge, graphOf, identity, thing } from './arbitrary.testing.ts';
import { collateralOf } from './collateral.ts';
import type { MapBatch } from './source.ts';
import { grantsScope } from './scopes.ts';

const SCOPE = 'repo:write';
const KEYS = ['k0', 'k1', 'k2'];
const WORKLOADS = ['w0', 'w1', 'w2'];
const scopes = fc.subarray([SCOPE, 'repo:read', 'repo:*']);

interface World {
  readonly batch: MapBatch & { readonly credentials: readonly CredentialRecord[] };
  readonly edges: readonly EdgeRecord[];
  /** What each workload says it needs. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    keys: fc.array(fc.record({ scopes, usedScopes: fc.option(scopes) }), { maxLength: 3 }),
    needs: fc.array(fc.subarray([SCOPE, 'repo:read']), { minLength: 3, maxLength: 3 }),
    uses: fc.uniqueArray(fc.tuple(fc.constantFrom(...WORKLOADS), fc.constantFrom(...KEYS)), {
      selector: ([from, to]) => `${from} ${to}`,
    }),
    runs: fc.subarray(WORKLOADS),
    basis: fc.constantFrom('observed', 'declared', 'inferred'),
  })
  .map(({ keys, needs, uses, runs, basis }) => {
    const credentials = keys.map((key, index) => credential(`k${index}`, 'i', key));
    const ids = new Set(credentials.map(({ id }) => String(id)));
    const things = WORKLOADS.map((id, index) =>
      thing('workload', id, { tags: (needs[index] ?? []).map((need) => `needs:${need}`) }),
    );
    const edges = [
      ...uses
        .filter(([, key]) => ids.has(key))
        .map(([from, to]) => edge(from, 'uses', to, { basis })),
      ...runs.map((id) => edge(id, 'runs-as', 'i', { basis })),
    ];
    const declared = Object.fromEntries(WORKLOADS.map((id, index) => [id, needs[index] ?? []]));
    return { batch: { identities: [identity('i')], credentials, things }, edges, needs: declared };
  });

type Verdict = 'needs' | 'unknown' | 'not';

/** By the sentences of the documentation, from the records alone. */
function naive({ batch, edges, needs }: World, workload: string): Verdict {
  const said = needs[workload] ?? [];
  if (said.length > 0) return said.includes(SCOPE) ? 'needs' : 'not';
  const usersOf = (key: string): readonly string[] =>
    edges.flatMap((one) => (one.relation === 'uses' && one.to === key ? [one.from] : []));
  const verdictOf = (key: CredentialRecord): Verdict => {
    const grants =
      key.scopes.length === 0 || key.scopes.some((one) => one === SCOPE || one === 'repo:*');
    const used = key.usedScopes ?? null;
    if (!grants || (used !== null && !used.includes(SCOPE))) return 'not';
    if (used === null) return 'unknown';
    const rivals = usersOf(key.id).filter((user) => user !== workload);
    const isAlone = rivals.every((user) => {
      const need = needs[user] ?? [];
      return need.length > 0 && !need.includes(SCOPE);
    });
    return isAlone ? 'needs' : 'unknown';
  };
  const own = batch.credentials.filter((key) => usersOf(key.id).includes(workload));
  if (own.length === 0) {
    const open = batch.credentials.filter((key) => verdictOf(key) !== 'not');
    return open.length > 0 || batch.credentials.length === 0 ? 'unknown' : 'not';
  }
  const verdicts = own.map(verdictOf);
  if (verdicts.includes('needs')) return 'needs';
  return verdicts.includes('unknown') ? 'unknown' : 'not';
}

/** Keys on which the scope was seen in use and that nobody is known to use: each counts once more. */
function unclaimed({ batch, edges }: World): number {
  return batch.credentials.filter(({ id, scopes: granted, usedScopes }) => {
    const grants = granted.length === 0 || granted.some((one) => one !== 'repo:read');
    const isUsed = grants && (usedScopes ?? []).includes(SCOPE);
    return isUsed && !edges.some(({ relation, to }) => relation === 'uses' && to === id);
  }).length;
}

describe('taking one scope away', () => {
  it('breaks who needs it by what is known, and what is not known stays unknown', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const consumers = [...new Set(world.edges.map(({ from }) => from))];
        const verdicts = consumers.map((id) => [id, naive(world, id)] as const);
        const of = (wanted: Verdict): readonly string[] =>
          verdicts.flatMap(([id, verdict]) => (verdict === wanted ? [id] : [])).toSorted();
        const graph = graphOf({ ...world.batch, edges: world.edges });
        const card = collateralOf(graph, 'i', { scope: SCOPE });
        expect([...card.known, ...card.inferred].map(({ id }) => id).toSorted()).toEqual(
          of('needs'),
        );
        for (const { basis } of card.known) expect(basis).not.toBe('inferred');
        const whole = collateralOf(graph, 'i');
        const all = new Set([...whole.known, ...whole.inferred].map(({ id }) => id));
        for (const { id } of [...card.known, ...card.inferred]) expect(all.has(id)).toBe(true);
        const unknown = card.unknown.reduce((sum, { count }) => sum + count, 0);
        const doubts = of('unknown').length + unclaimed(world);
        // Nobody at all is known: then a way to hold the scope is doubt enough.
        const isOpen = consumers.length === 0 && naive(world, 'nobody') === 'unknown';
        expect(unknown).toBe(isOpen ? Math.max(1, doubts) : doubts);
        for (const { why } of card.unknown) expect(why).not.toBe('');
        expect(card).toMatchObject({ stage: 'restrict', scope: SCOPE });
      }),
    );
  });

  const things = [
    thing('workload', 'web', { tags: ['needs:repo:write'] }),
    thing('workload', 'job'),
    thing('service', 'shop', { tier: 1 }),
  ];
  const uses = [
    edge('web', 'uses', 'k'),
    edge('job', 'uses', 'k'),
    edge('shop', 'depends-on', 'web'),
  ];
  const graphWith = (more: Partial<CredentialRecord>) =>
    graphOf({
      identities: [identity('i')],
      credentials: [credential('k', 'i', more)],
      things,
      edges: uses,
    });

  it('names the services behind those who need it', () => {
    const card = collateralOf(graphWith({ scopes: [SCOPE] }), 'i', { scope: SCOPE });
    expect(card.known).toMatchObject([{ id: 'web', basis: 'declared' }]);
    expect(card.services).toMatchObject([{ id: 'shop' }]);
    expect(card.unknown).toMatchObject([
      { count: 1, why: expect.stringContaining('nobody watches') },
    ]);
  });

  it('breaks nobody when nothing grants it, and says so without a doubt', () => {
    const card = collateralOf(graphWith({ scopes: ['mail:send'] }), 'i', { scope: 'repo:admin' });
    expect(card).toMatchObject({ known: [], inferred: [], unknown: [], services: [] });
  });

  it('keeps a doubt where use was seen and no consumer is known', () => {
    const key = credential('k', 'i', { scopes: [SCOPE], usedScopes: [SCOPE] });
    const graph = graphOf({ identities: [identity('i')], credentials: [key] });
    expect(collateralOf(graph, 'i', { scope: SCOPE }).unknown).toMatchObject([{ count: 1 }]);
    expect(collateralOf(graph, 'nowhere', { scope: SCOPE }).unknown).toHaveLength(1);
  });

  it('knows what a pattern grants', () => {
    expect(grantsScope('*', 'a:b')).toBe(true);
    expect(grantsScope('a:*', 'a:b')).toBe(true);
    expect(grantsScope('a:*', 'b:a')).toBe(false);
    expect(grantsScope('a', 'a:b')).toBe(false);
  });
});
