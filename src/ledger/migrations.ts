import type { Migration } from '../store/index.ts';

interface Words {
  readonly serial: string;
  readonly bytes: string;
  /** Gives what is not sealed in the order of seq without sorting; each planner needs its own form. */
  readonly unsealed: string;
}

/**
 * An entry is written once with the hash of its leaf; sealing only adds its position. Interior nodes are kept for
 * every 256th power alone (`ledger_node`: levels 8, 16, 24): one more row for 256 entries, and a proof reads at most
 * two such tiles a level, whatever the size of the tree. A checkpoint carries the frontier of its size, so that a
 * sealer starts without reading entries, and an export can be checked piece by piece.
 */
const tables = ({ serial, bytes, unsealed }: Words): string => `
create table ledger_entry (
  seq ${serial},
  id text not null unique,
  incident text,
  ordinal bigint,
  kind text not null,
  actor text not null,
  at_ms bigint not null,
  canonical text not null,
  leaf ${bytes} not null,
  position bigint,
  unique (incident, ordinal),
  check ((incident is null) = (ordinal is null))
);
create unique index ledger_entry_position on ledger_entry(position) where position is not null;
create index ledger_entry_unsealed on ledger_entry(${unsealed}) where position is null;
create index ledger_entry_kind on ledger_entry(kind, position) where position is not null;
create table ledger_node (
  level integer not null,
  idx bigint not null,
  hash ${bytes} not null,
  primary key (level, idx)
);
create table ledger_checkpoint (
  size bigint not null primary key,
  root ${bytes} not null,
  frontier ${bytes} not null,
  note text not null,
  at_ms bigint not null
);
create table ledger_head (
  id integer not null primary key check (id = 1),
  size bigint not null,
  owner text,
  fence bigint not null,
  lease_until_ms bigint not null
);
insert into ledger_head(id, size, owner, fence, lease_until_ms) values (1, 0, null, 0, 0);
create table ledger_key (
  id integer not null primary key check (id = 1),
  document text not null
);
`;

export const ledgerMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-ledger',
    sql: {
      sqlite: tables({
        serial: 'integer primary key autoincrement',
        bytes: 'blob',
        unsealed: 'position, seq',
      }),
      postgres: tables({ serial: 'bigserial primary key', bytes: 'bytea', unsealed: 'seq' }),
    },
  },
];
