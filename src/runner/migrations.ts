import type { Migration } from '../store/index.ts';

/**
 * Partial indexes follow a step through its life: 10,000 waiting rows are touched by nothing until they are due, and
 * ended rows stand only in the primary key and under their subject.
 */
export const runnerMigrations: readonly Migration[] = [
  {
    id: '2026-11-20-step',
    sql: `
create table node (
  id text primary key,
  epoch bigint not null,
  lease_until_ms bigint not null
);
create table step (
  id text primary key,
  kind text not null,
  subject text not null,
  lane text,
  target text,
  priority integer not null,
  due_at_ms bigint not null,
  key text not null,
  payload text not null,
  state text not null,
  node text,
  epoch bigint,
  fence bigint not null,
  attempt integer not null,
  repeated integer not null,
  last_try_at_ms bigint,
  reason text
);
create index step_due on step(priority, due_at_ms) where state = 'planned';
create index step_claimed on step(node, epoch) where state = 'claimed';
create index step_blocked on step(subject) where state = 'blocked';
create index step_lane on step(lane, id)
  where lane is not null and state in ('planned', 'claimed', 'blocked');
create index step_subject on step(subject);
`,
  },
  {
    id: '2026-11-20-step-stops',
    sql: 'alter table step add column stops integer not null default 0;',
  },
];
