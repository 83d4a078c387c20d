// Test support: small graphs of every shape, and naive definitions of what the map answers about them.
import fc from 'fast-check';
import {
  EDGE_RELATIONS,
  type CredentialRecord,
  type EdgeRecord,
  type IdentityRecord,
  type ThingRecord,
} from '../inventory/index.ts';
import type { Id } from '../kernel/index.ts';
import { runAtOnce } from './adjacency.ts';
import type { MapGraph } from './graph.ts';
import { GraphBuilder } from './load.ts';
import type { MapBatch } from './source.ts';

const WHEN = { source: 't', observedAt: '2026-01-01T00:00:00.000Z' };

// Ids of tests are readable; nothing here looks into them.
const identityId = (text: string): Id<'identity'> => text as Id<'identity'>;
// As above.
const credentialId = (text: string): Id<'credential'> => text as Id<'credential'>;

export function identity(id: string, more: Partial<IdentityRecord> = {}): IdentityRecord {
  return {
    type: 'identity',
    id: identityId(id),
    kind: 'service-account',
    name: id,
    target: 'test',
    refs: [],
    environment: null,
    jurisdiction: null,
    purpose: null,
    operator: null,
    tags: [],
    owners: [],
    ...WHEN,
    ...more,
  };
}

export function credential(
  id: string,
  of: string,
  more: Partial<CredentialRecord> = {},
): CredentialRecord {
  return {
    type: 'credential',
    id: credentialId(id),
    identity: identityId(of),
    kind: 'api-key',
    refs: [{ system: 'test', type: 'credential', value: id }],
    fingerprint: null,
    issuedAt: null,
    expiresAt: null,
    lastUsedAt: null,
    scopes: [],
    ...WHEN,
    ...more,
  };
}

export function thing(
  type: ThingRecord['type'],
  id: string,
  more: Partial<ThingRecord> = {},
): ThingRecord {
  const none = { environment: null, tags: [], tier: null, contact: null, refs: [] };
  return { type, id, name: id, ...none, ...WHEN, ...more };
}

export function edge(
  from: string,
  relation: EdgeRecord['relation'],
  to: string,
  more: Partial<EdgeRecord> = {},
): EdgeRecord {
  return { type: 'edge', from, relation, to, basis: 'declared', confidence: 1, ...WHEN, ...more };
}

export function graphOf(batch: MapBatch): MapGraph {
  const builder = new GraphBuilder();
  builder.add(batch);
  return runAtOnce(builder.finish(1));
}

/** Ids say their kind: i0, c0, s0 (store), w0, v0 (service), r0. */
export const NODES = [
  'i0',
  'i1',
  'i2',
  'i3',
  'c0',
  'c1',
  'c2',
  'c3',
  's0',
  's1',
  'w0',
  'w1',
  'v0',
  'v1',
  'r0',
] as const;

/** Every credential belongs to some identity; services v0 is critical. */
export const nodeRecords: fc.Arbitrary<MapBatch> = fc
  .record({
    owners: fc.array(fc.constantFrom('i0', 'i1', 'i2', 'i3'), { minLength: 4, maxLength: 4 }),
    grants: fc.array(fc.constantFrom('api-key', 'access-token'), { minLength: 4, maxLength: 4 }),
    used: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  .map(({ owners, grants, used }) => ({
    identities: ['i0', 'i1', 'i2', 'i3'].map((id) => identity(id)),
    credentials: ['c0', 'c1', 'c2', 'c3'].map((id, index) =>
      credential(id, owners[index] ?? 'i0', {
        kind: grants[index] ?? 'api-key',
        lastUsedAt: used[index] === true ? '2026-02-01T00:00:00.000Z' : null,
      }),
    ),
    things: [
      thing('store', 's0'),
      thing('store', 's1'),
      thing('workload', 'w0'),
      thing('workload', 'w1'),
      thing('service', 'v0', { tier: 1 }),
      thing('service', 'v1', { tier: 3 }),
      thing('resource', 'r0'),
    ],
  }));

/** Shaped as inventories are, and now and then as nobody would write them. */
export const edgeRecord: fc.Arbitrary<EdgeRecord> = fc
  .oneof(
    pair('reads', ['i0', 'i1', 'i2', 'i3'], ['s0', 's1']),
    pair('holds', ['s0', 's1'], ['c0', 'c1', 'c2', 'c3']),
    pair('assumes', ['i0', 'i1', 'i2', 'i3'], ['i0', 'i1', 'i2', 'i3']),
    pair('mints', ['i0', 'i1', 'i2', 'i3'], ['c0', 'c1', 'c2', 'c3']),
    pair('uses', ['w0', 'w1'], ['c0', 'c1', 'c2', 'c3']),
    pair('runs-as', ['w0', 'w1'], ['i0', 'i1', 'i2', 'i3']),
    pair('depends-on', ['v0', 'v1'], ['w0', 'w1', 'v0', 'v1', 'r0']),
    pair('reaches', ['i0', 'i1', 'i2', 'i3'], ['r0']),
    fc.tuple(
      fc.constantFrom(...NODES),
      fc.constantFrom(...EDGE_RELATIONS),
      fc.constantFrom(...NODES),
    ),
  )
  .chain(([from, relation, to]) =>
    fc
      .record({
        basis: fc.constantFrom('declared', 'observed', 'inferred'),
        confidence: fc.constantFrom(0.3, 1),
        source: fc.constantFrom('a', 'b'),
        observedAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'),
      })
      .map((more) => edge(from, relation, to, more)),
  );

function pair(
  relation: EdgeRecord['relation'],
  froms: readonly string[],
  tos: readonly string[],
): fc.Arbitrary<readonly [string, EdgeRecord['relation'], string]> {
  return fc.tuple(fc.constantFrom(...froms), fc.constant(relation), fc.constantFrom(...tos));
}

/** One edge for each source, relation and pair of ends: the last one stands. */
export function standing(edges: readonly EdgeRecord[]): readonly EdgeRecord[] {
  const last = new Map<string, EdgeRecord>();
  for (const one of edges) last.set(`${one.from} ${one.relation} ${one.to} ${one.source}`, one);
  return [...last.values()];
}

export const edgeRecords = fc.array(edgeRecord, { maxLength: 25 }).map(standing);

export type Pair = readonly [string, string];

/** The edges that records imply, beside those that are written. */
export function allEdges(batch: MapBatch, edges: readonly EdgeRecord[]): readonly EdgeRecord[] {
  return [
    ...(batch.credentials ?? []).map(({ id, identity: of }) => edge(id, 'authenticates', of)),
    ...edges,
  ];
}

/** Where an attacker goes, by the sentence of the documentation. */
export function attackerPairs(edges: readonly EdgeRecord[]): readonly Pair[] {
  return edges.map((one) =>
    one.relation === 'depends-on' ? ([one.to, one.from] as const) : ([one.from, one.to] as const),
  );
}

/** Distances by repeating "one hop further" until nothing changes. */
export function distances(
  pairs: readonly Pair[],
  starts: readonly string[],
  without: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, number> {
  const found = new Map(starts.filter((id) => !without.has(id)).map((id) => [id, 0]));
  for (let depth = 1; depth <= NODES.length + 1; depth += 1) {
    for (const [from, to] of pairs) {
      if (found.get(from) === depth - 1 && !found.has(to) && !without.has(to)) found.set(to, depth);
    }
  }
  return found;
}
