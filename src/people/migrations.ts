import type { Migration } from '../store/index.ts';

export const peopleMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-people',
    sql: `create table people_account(
  person text primary key,
  is_administrator integer not null,
  last_signed_in_ms bigint
);
create table people_passkey(
  id text primary key,
  credential text not null,
  person text not null,
  name text not null,
  cose_key text not null,
  public_key text not null,
  counter bigint not null,
  transports text not null,
  is_backed_up integer not null,
  created_at_ms bigint not null,
  last_used_at_ms bigint
);
create unique index people_passkey_credential on people_passkey(credential);
create index people_passkey_person on people_passkey(person);
create table people_recovery_code(
  hash text primary key,
  person text not null
);
create index people_recovery_code_person on people_recovery_code(person);
create table people_invitation(
  hash text primary key,
  person text,
  is_administrator integer not null,
  expires_at_ms bigint not null
);
create table people_session(
  id text primary key,
  hash text not null,
  person text not null,
  method text not null,
  provider text,
  started_at_ms bigint not null,
  last_seen_ms bigint not null,
  ends_at_ms bigint not null,
  fresh_until_ms bigint not null,
  address text not null,
  device text not null
);
create unique index people_session_hash on people_session(hash);
create index people_session_person on people_session(person);
create table people_spent(
  hash text primary key,
  expires_at_ms bigint not null
);
create table people_link(
  hash text primary key,
  person text not null,
  expires_at_ms bigint not null
);`,
  },
];
