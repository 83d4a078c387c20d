import {
  type Command,
  integer,
  nullableInteger,
  type Row,
  type Store,
  text,
} from '../../store/index.ts';
import type { Id } from '../../kernel/index.ts';
import type { EvidenceRef } from './model.ts';

export const EVIDENCE_CUSTODY_SQL = `alter table evidence add column deleted_at_ms bigint;
create index evidence_incident on evidence (incident, id)`;

export interface EvidenceRow {
  readonly id: string;
  readonly incident: string;
  readonly cut: string;
  readonly name: string;
  readonly sha256: string;
  /** Encrypted: evidence may hold what the attacker would like to read. Empty once it is deleted. */
  readonly sealed: string;
  readonly capturedAtMs: number;
}

export interface StoredEvidence extends EvidenceRef {
  readonly sealed: string;
  readonly capturedAtMs: number;
  readonly deletedAtMs: number | null;
}

export function evidenceCommand(row: EvidenceRow): Command {
  return {
    sql: `insert into evidence (id, incident, cut, name, sha256, sealed, captured_at_ms)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    params: [row.id, row.incident, row.cut, row.name, row.sha256, row.sealed, row.capturedAtMs],
  };
}

function read(row: Row): StoredEvidence {
  return {
    // Only evidenceCommand writes these columns, from ids.
    id: text(row, 'id') as Id<'evidence'>,
    cut: text(row, 'cut') as Id<'cut'>, // as above
    name: text(row, 'name'),
    sha256: text(row, 'sha256'),
    sealed: text(row, 'sealed'),
    capturedAtMs: integer(row, 'captured_at_ms'),
    deletedAtMs: nullableInteger(row, 'deleted_at_ms'),
  };
}

/** In the order of capture. */
export async function listEvidence(
  store: Store,
  incident: string,
): Promise<readonly StoredEvidence[]> {
  const rows = await store.query({
    sql: `select id, cut, name, sha256, sealed, captured_at_ms, deleted_at_ms from evidence
where incident = $1 order by id`,
    params: [incident],
  });
  return rows.map(read);
}

/** The row stays and says what there was; its content is gone. */
export function deleteEvidenceCommand(id: string, atMs: number): Command {
  return {
    sql: `update evidence set sealed = '', deleted_at_ms = $2 where id = $1 and deleted_at_ms is null`,
    params: [id, atMs],
    rows: 1,
  };
}
