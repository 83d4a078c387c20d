import { FirebreakError, isId, LIMITS } from '../kernel/index.ts';
import { integer, statement, type Store, text, type Value } from '../store/index.ts';
import type { IdentityFilter, IdentityPage, PageRequest } from './contract.ts';
import type { IdentityRecord } from './model.ts';
import { readNodesById, recordsOf } from './store.ts';

/** Conditions and their parameters, numbered from the first. */
class Conditions {
  readonly texts: string[] = [];
  readonly params: Value[] = [];

  add(text: (...places: readonly string[]) => string, ...params: readonly Value[]): void {
    const places = params.map((_, index) => `$${this.params.length + index + 1}`);
    this.params.push(...params);
    this.texts.push(text(...places));
  }
}

function addFilter(conditions: Conditions, filter: IdentityFilter): void {
  const { kind, environment, ownerState, scopesMin, riskMin } = filter;
  if (filter.gone !== true) conditions.texts.push('gone = 0');
  if (filter.text !== undefined && filter.text !== '') {
    const escaped = filter.text.toLowerCase().replaceAll(/[\\%_]/gu, String.raw`\$&`);
    conditions.add((place) => `search like ${place} escape '\\'`, `%${escaped}%`);
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

export async function readPage(store: Store, page: PageRequest): Promise<IdentityPage> {
  const limit = page.limit ?? LIMITS.pageRowsDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.pageRowsMax) {
    const problem = `limit is a whole number from 1 to ${LIMITS.pageRowsMax}`;
    throw new FirebreakError('request-invalid', { problem });
  }
  const conditions = new Conditions();
  addFilter(conditions, page);
  addCursor(conditions, page);
  const where = conditions.texts.length === 0 ? '' : `where ${conditions.texts.join(' and ')}`;
  const order = page.sort === 'risk' ? 'risk desc, id desc' : 'id';
  const sql = `select id, risk from inventory_index ${where} order by ${order} limit ${limit + 1}`;
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
    cursor: cursorOf(last),
  };
}
