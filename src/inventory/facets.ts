import { integer, statement, text } from '../store/index.ts';
import { inBackground } from './bulk.ts';
import { FACETS, type Facet, type IdentityFacets, type IdentityFilter } from './contract.ts';
import { addFilter, Conditions, type SearchParts } from './search.ts';

const DAY_MS = 86_400_000;

// table: where each column is divided, and what the parts are called; the last one is what lies beyond
const RISKS = [
  [20, '0 to 19'],
  [40, '20 to 39'],
  [60, '40 to 59'],
  [80, '60 to 79'],
  [null, '80 to 100'],
] as const;
const SCOPES = [
  [1, 'none known'],
  [5, '1 to 4'],
  [20, '5 to 19'],
  [null, '20 or more'],
] as const;
const EXPIRIES = [
  [0, 'has ended'],
  [30, 'ends within 30 days'],
  [90, 'ends within 90 days'],
  [null, 'ends later'],
] as const;
const USES = [
  [-365, 'unused for a year'],
  [-90, 'unused for 90 days'],
  [-30, 'unused for 30 days'],
  [null, 'used within 30 days'],
] as const;

type Parts = readonly (readonly [below: number | null, name: string])[];

/** No part's name holds a quote; limits are numbers of ours. */
function divided(column: string, parts: Parts, toLimit: (below: number) => number): string {
  const whens = parts.map(([below, name]) =>
    below === null ? `else '${name}'` : `when ${column} < ${toLimit(below)} then '${name}'`,
  );
  return `case ${whens.join(' ')} end`;
}

function columnsOf(nowMs: number): Readonly<Record<Facet, string>> {
  const same = (below: number): number => below;
  const days = (below: number): number => nowMs + below * DAY_MS;
  const known = (column: string, otherwise: string, parts: Parts): string =>
    `case when ${column} is null then '${otherwise}' else ${divided(column, parts, days)} end`;
  return {
    kind: 'kind',
    environment: `coalesce(environment, 'not known')`,
    ownerState: 'owner_state',
    expiry: known('expires_at', 'no end known', EXPIRIES),
    lastUse: known('used_at', 'not known', USES),
    scopes: divided('scopes', SCOPES, same),
    risk: divided('risk', RISKS, same),
  };
}

// table: values in the order in which people look for them; others by count
const ORDER: Readonly<Partial<Record<Facet, Parts>>> = {
  expiry: EXPIRIES,
  lastUse: USES,
  scopes: SCOPES,
  risk: RISKS.toReversed(),
};

function sorted(
  facet: Facet,
  counts: ReadonlyMap<string, number>,
): IdentityFacets['facets'][Facet] {
  const names = (ORDER[facet] ?? []).map(([, name]) => name);
  const placeOf = (value: string): number => {
    const place = names.indexOf(value);
    return place < 0 ? names.length : place;
  };
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted(
      (left, right) =>
        placeOf(left.value) - placeOf(right.value) ||
        right.count - left.count ||
        (left.value < right.value ? -1 : 1),
    );
}

/** One reading of the index counts all facets; the groups are few, the rows may be a million. */
export async function readFacets(
  { store, clock }: SearchParts,
  filter: IdentityFilter,
): Promise<IdentityFacets> {
  const conditions = new Conditions();
  addFilter(conditions, filter);
  const columns = columnsOf(clock.nowMs());
  const named = FACETS.map((facet, index) => `${columns[facet]} as f${index}`).join(', ');
  const groups = FACETS.map((_, index) => `${index + 1}`).join(', ');
  const sql = `select ${named}, count(*) as found from inventory_index ${conditions.where()} group by ${groups}`;
  const rows = await inBackground(store).query(statement(sql, ...conditions.params));
  const counts = FACETS.map(() => new Map<string, number>());
  let count = 0;
  for (const row of rows) {
    const found = integer(row, 'found');
    count += found;
    for (const [index, of] of counts.entries()) {
      const value = text(row, `f${index}`);
      of.set(value, (of.get(value) ?? 0) + found);
    }
  }
  const facets = Object.fromEntries(
    FACETS.map((facet, index) => [facet, sorted(facet, counts[index] ?? new Map())]),
  );
  // The keys are the table's.
  return { count, facets: facets as IdentityFacets['facets'] };
}
