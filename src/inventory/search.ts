import { type Clock, FirebreakError, isId, LIMITS } from '../kernel/index.ts';
import {
  integer,
  nullableInteger,
  type Row,
  statement,
  type Store,
  text,
  type Value,
} from '../store/index.ts';
import type {
  IdentityFilter,
  IdentityPage,
  ListedFacts,
  OwnerState,
  PageRequest,
  RiskContribution,
} from './contract.ts';
import type { IdentityRecord } from './model.ts';
import { riskOf } from './risk.ts';
import { readCredentialsOf, readNodesById, recordsOf } from './store.ts';
import { type MapFacts, mapFactsOf } from './surroundings.ts';

/** Conditions and their parameters, numbered from the first. */
export class Conditions {
  readonly texts: string[] = [];
  readonly params: Value[] = [];

  add(text: (...places: readonly string[]) => string, ...params: readonly Value[]): void {
    const places = params.map((_, index) => `$${this.params.length + index + 1}`);
    this.params.push(...params);
    this.texts.push(text(...places));
  }

  where(): string {
    return this.texts.length === 0 ? '' : `where ${this.texts.join(' and ')}`;
  }
}

export function addFilter(conditions: Conditions, filter: IdentityFilter): void {
  const { kind, environment, ownerState, scopesMin, riskMin } = filter;
  if (filter.gone !== true) conditions.texts.push('gone = 0');
  if (filter.text !== undefined && filter.text !== '') {
    const escaped = filter.text.toLowerCase().replaceAll(/[\\%_]/gu, String.raw`\$&`);
    // Ids are of the letters that names are of: a short text would find them by chance.
    if (filter.text.startsWith('idn_')) {
      conditions.add((place) => `id like ${place} escape '\\'`, `${escaped}%`);
    } else conditions.add((place) => `search like ${place} escape '\\'`, `%${escaped}%`);
  }
  if (kind !== undefined) conditions.add((place) => `kind = ${place}`, kind);
  if (environment !== undefined) conditions.add((place) => `environment = ${place}`, environment);
  if (ownerState !== undefined) conditions.add((place) => `owner_state = ${place}`, ownerState);
  if (scopesMin !== undefined) conditions.add((place) => `scopes >= ${place}`, scopesMin);
  if (riskMin !== undefined) conditions.add((place) => `risk >= ${place}`, riskMin);
  if (filter.expiresBefore !== undefined) {
    conditions.add((place) => `expires_at < ${place}`, msOf(filter.expiresBefore, 'expiresBefore'));
  }
  if (filter.unusedSince !== undefined) {
    conditions.add((place) => `used_at < ${place}`, msOf(filter.unusedSince, 'unusedSince'));
  }
}

function msOf(at: string, member: string): number {
  const ms = Date.parse(at);
  if (!Number.isNaN(ms)) return ms;
  throw new FirebreakError('request-invalid', { problem: `${member} is not an RFC 3339 time` });
}

const BY_RISK = /^(?<risk>\d{1,3})\.(?<id>idn_.{22})$/u;

function addCursor(conditions: Conditions, { cursor = '', sort }: PageRequest): void {
  if (cursor === '') return;
  const wrong = new FirebreakError('request-invalid', { problem: 'cursor is not one of ours' });
  if (sort !== 'risk') {
    if (!isId('identity', cursor)) throw wrong;
    conditions.add((place) => `id > ${place}`, cursor);
    return;
  }
  const { risk, id } = BY_RISK.exec(cursor)?.groups ?? {};
  if (risk === undefined || id === undefined) throw wrong;
  conditions.add((first, second) => `(risk, id) < (${first}, ${second})`, Number(risk), id);
}

export interface SearchParts {
  readonly store: Store;
  readonly clock: Clock;
}

/** The score is the one that the list is sorted by; its main reason is found again from the same facts. */
async function listedFacts(
  { store, clock }: SearchParts,
  rows: readonly Row[],
  byId: ReadonlyMap<string, IdentityRecord>,
): Promise<ReadonlyMap<string, ListedFacts>> {
  const credentials = Map.groupBy(
    await readCredentialsOf(store, [...byId.keys()]),
    ({ identity }) => identity,
  );
  const listed = new Map<string, ListedFacts>();
  for (const row of rows) {
    const identity = byId.get(text(row, 'id'));
    if (identity === undefined) continue;
    // Written by the indexer.
    const ownerState = text(row, 'owner_state') as OwnerState;
    const around = nullableInteger(row, 'around');
    const facts = around === null ? null : mapFactsOf(around);
    const { contributions } = riskOf({
      identity,
      credentials: credentials.get(identity.id) ?? [],
      orphan: ownerState === 'orphan',
      shared: facts?.shared ?? null,
      criticalServices: facts?.criticalServices ?? null,
      nowMs: clock.nowMs(),
    });
    const [main] = contributions.toSorted((left, right) => right.points - left.points);
    listed.set(identity.id, {
      risk: integer(row, 'risk'),
      riskReason: main === undefined ? null : reasonOf(main, facts),
      ownerState,
    });
  }
  return listed;
}

function reasonOf({ name, why }: RiskContribution, facts: MapFacts | null): string {
  const most = LIMITS.criticalServicesCounted;
  if (name !== 'reaches-critical' || facts === null || facts.criticalServices < most) return why;
  return `${most} or more critical services are in its reach`;
}

export async function readPage(
  { store, clock }: SearchParts,
  page: PageRequest,
): Promise<IdentityPage> {
  const limit = page.limit ?? LIMITS.pageRowsDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.pageRowsMax) {
    const problem = `limit is a whole number from 1 to ${LIMITS.pageRowsMax}`;
    throw new FirebreakError('request-invalid', { problem });
  }
  const conditions = new Conditions();
  addFilter(conditions, page);
  addCursor(conditions, page);
  const where = conditions.where();
  const order = page.sort === 'risk' ? 'risk desc, id desc' : 'id';
  const sql = `select id, risk, owner_state, around from inventory_index ${where} order by ${order} limit ${limit + 1}`;
  const rows = await store.query(statement(sql, ...conditions.params));
  const shown = rows.slice(0, limit);
  const records = recordsOf(
    await readNodesById(
      store,
      shown.map((row) => text(row, 'id')),
    ),
  );
  const byId = new Map<string, IdentityRecord>();
  for (const record of records) if (record.type === 'identity') byId.set(record.id, record);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const cursorOf = (row: typeof last): string | null => {
    if (row === undefined) return null;
    const id = text(row, 'id');
    return page.sort === 'risk' ? `${integer(row, 'risk')}.${id}` : id;
  };
  return {
    identities: shown.flatMap((row) => byId.get(text(row, 'id')) ?? []),
    listed: await listedFacts({ store, clock }, shown, byId),
    cursor: cursorOf(last),
  };
}
