import type { Id, JsonObject } from '../kernel/index.ts';
import { LIMITS } from '../kernel/index.ts';
import {
  flag,
  insertMany,
  integer,
  nullableInteger,
  nullableText,
  statement,
  text,
} from '../store/index.ts';
import type { Command, CommandResult, Row, Statement, Store } from '../store/index.ts';
import type { Settled } from './decide.ts';
import { PRIORITY, type Priority, type Step, type StepPlan, type StepState } from './model.ts';

/** A node as it stands in its lease: another epoch is another holder. */
export interface Holder {
  readonly node: string;
  readonly epoch: number;
}

const COLUMNS = [
  'id',
  'kind',
  'subject',
  'lane',
  'target',
  'priority',
  'due_at_ms',
  'key',
  'payload',
  'state',
  'fence',
  'attempt',
  'repeated',
  'last_try_at_ms',
  'reason',
] as const;
const COLUMN_LIST = [...COLUMNS, 'stops'].join(', ');
const INSERT_COLUMNS = [...COLUMNS, 'node', 'epoch'];
const PRIORITIES = Object.values(PRIORITY);
const UNENDED = `('planned', 'claimed', 'blocked')`;

function stepOf(row: Row): Step {
  return {
    id: text(row, 'id') as Id<'step'>, // Written from a StepPlan.
    kind: text(row, 'kind'),
    subject: text(row, 'subject'),
    lane: nullableText(row, 'lane'),
    target: nullableText(row, 'target'),
    priority: integer(row, 'priority') as Priority, // Written from a StepPlan.
    dueAtMs: integer(row, 'due_at_ms'),
    key: text(row, 'key'),
    payload: JSON.parse(text(row, 'payload')) as JsonObject, // Written from a StepPlan.
    state: text(row, 'state') as StepState, // Only this file writes states.
    fence: integer(row, 'fence'),
    attempt: integer(row, 'attempt'),
    stops: integer(row, 'stops'),
    repeated: flag(row, 'repeated'),
    lastTryAtMs: nullableInteger(row, 'last_try_at_ms'),
    reason: nullableText(row, 'reason'),
  };
}

/** A step as it stands after its insert; claimed at once when `holder` is given. */
export function plannedStep(plan: StepPlan, claimed: boolean): Step {
  return {
    ...plan,
    state: claimed ? 'claimed' : 'planned',
    fence: claimed ? 1 : 0,
    attempt: claimed ? 1 : 0,
    repeated: false,
    lastTryAtMs: null,
    reason: null,
  };
}

export function insertSteps(steps: readonly Step[], holder: Holder | null): readonly Command[] {
  const rows = steps.map((step) => {
    const held = step.state === 'claimed' ? holder : null;
    return [
      step.id,
      step.kind,
      step.subject,
      step.lane,
      step.target,
      step.priority,
      step.dueAtMs,
      step.key,
      JSON.stringify(step.payload),
      step.state,
      step.fence,
      step.attempt,
      Number(step.repeated),
      step.lastTryAtMs,
      step.reason,
      held?.node ?? null,
      held?.epoch ?? null,
    ];
  });
  return insertMany('step', INSERT_COLUMNS, rows);
}

/**
 * Holds only while the step is claimed by this very lease under this very fence. Written so that no planner can use the
 * index of claimed steps for it: a step is found by its id, not among all that its node holds.
 */
const STILL_HELD = `coalesce(state, '') = 'claimed' and node = $3 and epoch = $4
  and exists (select 1 from node n where n.id = $3 and n.epoch = $4)`;

export function settleStep(step: Step, holder: Holder, settled: Settled): Command {
  return {
    sql: `update step set state = $5, due_at_ms = $6, repeated = $7, last_try_at_ms = $8, reason = $9,
  node = null, epoch = null where id = $1 and fence = $2 and ${STILL_HELD}`,
    params: [
      step.id,
      step.fence,
      holder.node,
      holder.epoch,
      settled.state,
      settled.dueAtMs,
      Number(settled.repeated),
      settled.lastTryAtMs,
      settled.reason,
    ],
    rows: 1,
  };
}

/** Gives back a claimed step that was not tried. */
export function unclaimStep(id: string, fence: number, holder: Holder): Command {
  return {
    sql: `update step set state = 'planned', attempt = attempt - 1, node = null, epoch = null
  where id = $1 and fence = $2 and ${STILL_HELD}`,
    params: [id, fence, holder.node, holder.epoch],
  };
}

/** Gives back a step that must wait until an earlier call can no longer be in flight. */
export function deferStep(
  step: Step,
  holder: Holder,
  wait: { readonly dueAtMs: number; readonly lastTryAtMs: number },
): Command {
  return {
    sql: `update step set state = 'planned', attempt = attempt - 1, due_at_ms = $5, last_try_at_ms = $6,
  node = null, epoch = null where id = $1 and fence = $2 and ${STILL_HELD}`,
    params: [step.id, step.fence, holder.node, holder.epoch, wait.dueAtMs, wait.lastTryAtMs],
    rows: 1,
  };
}

/** The new fence refuses the outcome of a try that is under way. */
export function cancelStep(id: string): Command {
  return {
    sql: `update step set state = 'cancelled', fence = fence + 1, node = null, epoch = null
  where id = $1 and state in ${UNENDED}`,
    params: [id],
  };
}

export function releaseStep(id: string, nowMs: number): Command {
  return {
    sql: `update step set state = 'planned', fence = fence + 1, attempt = 0, stops = 0, due_at_ms = $2
  where id = $1 and state = 'blocked'`,
    params: [id, nowMs],
    rows: 1,
  };
}

/** One statement for each priority, so that each walks the index of due steps and nothing else. */
function claimCommand(
  dialect: Store['dialect'],
  holder: Holder,
  nowMs: number,
  priority: Priority,
): Command {
  const lock = dialect === 'postgres' ? 'for update of s skip locked' : '';
  return {
    sql: `with due as materialized (
  select s.id from step s
  where s.state = 'planned' and s.priority = $1 and s.due_at_ms <= $2
    and (s.lane is null or not exists (
      select 1 from step e where e.lane = s.lane and e.id < s.id and e.state in ${UNENDED}))
  order by s.due_at_ms limit ${LIMITS.stepsClaimBatchMax} ${lock})
update step set state = 'claimed', node = $3, epoch = $4, fence = fence + 1, attempt = attempt + 1
where id in (select id from due) and state = 'planned'
  and exists (select 1 from node n where n.id = $3 and n.epoch = $4)
returning ${COLUMN_LIST}`,
    params: [priority, nowMs, holder.node, holder.epoch],
  };
}

export interface Claim {
  readonly steps: readonly Step[];
  /** True when a batch came back full: there may be more. */
  readonly more: boolean;
}

export interface Beat {
  /** False: the lease was taken away. */
  readonly renewed: boolean;
  readonly takenOver: number;
}

export interface Standing {
  readonly state: StepState;
  readonly fence: number;
  readonly node: string | null;
  readonly epoch: number | null;
}

export interface StepStore {
  /** Returns an epoch above `afterEpoch`, the last one that this node knows of. */
  readonly register: (node: string, leaseMs: number, afterEpoch: number) => Promise<number>;
  readonly beat: (
    holder: Holder,
    facts: {
      readonly leaseMs: number;
      readonly nowMs: number;
      readonly evict: 'nobody' | 'expired' | 'everybody';
    },
  ) => Promise<Beat>;
  readonly unregister: (holder: Holder) => Promise<void>;
  readonly claim: (
    holder: Holder,
    nowMs: number,
    priorities: readonly Priority[],
  ) => Promise<Claim>;
  readonly nextDueMs: (afterMs: number) => Promise<number | null>;
  readonly claimedBy: (
    holder: Holder,
  ) => Promise<readonly { readonly id: string; readonly fence: number }[]>;
  /** True when no earlier step of the lane is still to end. */
  readonly laneIsFree: (lane: string, beforeId: string) => Promise<boolean>;
  readonly standing: (id: string) => Promise<Standing | undefined>;
  readonly blockedCount: () => Promise<number>;
  readonly list: (filter: {
    readonly subject?: string;
    readonly state?: StepState;
  }) => Promise<readonly Step[]>;
}

/** A node is evicted by its own lease alone; its steps then belong to no node and are planned again, under a new fence. */
function beatCommands(
  nowSql: string,
  holder: Holder,
  facts: Parameters<StepStore['beat']>[1],
): readonly Command[] {
  const probationEndsAtMs = facts.nowMs + LIMITS.stepProbationMs;
  const alive = 'exists (select 1 from node me where me.id = $1 and me.epoch = $2)';
  const expired = facts.evict === 'everybody' ? '' : `and lease_until_ms < ${nowSql}`;
  const renew: Command = {
    sql: `update node set lease_until_ms = ${nowSql} + $3 where id = $1 and epoch = $2`,
    params: [holder.node, holder.epoch, facts.leaseMs],
  };
  if (facts.evict === 'nobody') return [renew];
  return [
    renew,
    {
      sql: `delete from node where id <> $1 and ${alive} ${expired}`,
      params: [holder.node, holder.epoch],
    },
    {
      sql: `update step set state = 'planned', fence = fence + 1, repeated = 1, last_try_at_ms = $3,
  attempt = attempt - 1, stops = stops + 1,
  due_at_ms = case when stops + 1 >= $4 then $5 else due_at_ms end, node = null, epoch = null
where state = 'claimed' and ${alive}
  and not exists (select 1 from node n where n.id = step.node and n.epoch = step.epoch)`,
      params: [holder.node, holder.epoch, facts.nowMs, LIMITS.stepStopsFree, probationEndsAtMs],
    },
  ];
}

/** INVARIANT: an epoch never comes twice, also when the row was evicted or the database's clock went back. */
function registerCommand(
  nowSql: string,
  node: string,
  leaseMs: number,
  afterEpoch: number,
): Command {
  return {
    sql: `insert into node(id, epoch, lease_until_ms)
values ($1, case when ${nowSql} > $3 then ${nowSql} else $3 + 1 end, ${nowSql} + $2)
on conflict (id) do update set lease_until_ms = excluded.lease_until_ms,
  epoch = case when node.epoch >= excluded.epoch then node.epoch + 1 else excluded.epoch end
returning epoch`,
    params: [node, leaseMs, afterEpoch],
    rows: 1,
  };
}

function nextDueStatement(afterMs: number): Statement {
  const parts = PRIORITIES.map(
    (priority) =>
      `select min(due_at_ms) as due_at_ms from step
  where state = 'planned' and priority = ${priority} and due_at_ms > $1`,
  );
  return statement(
    `select min(due_at_ms) as due_at_ms from (${parts.join(' union all ')}) t`,
    afterMs,
  );
}

function listStatement(filter: Parameters<StepStore['list']>[0]): Statement {
  const params: string[] = [];
  const wheres: string[] = [];
  for (const [column, value] of [
    ['subject', filter.subject],
    ['state', filter.state],
  ] as const) {
    if (value === undefined) continue;
    params.push(value);
    wheres.push(`${column} = $${params.length}`);
  }
  const where = wheres.length === 0 ? '' : `where ${wheres.join(' and ')}`;
  return {
    sql: `select ${COLUMN_LIST} from step ${where} order by id limit ${LIMITS.stepsListedMax}`,
    params,
  };
}

function countOf(results: readonly CommandResult[], index: number): number {
  return results[index]?.count ?? 0;
}

export function createStepStore(store: Store): StepStore {
  return {
    register: async (node, leaseMs, afterEpoch) => {
      const command = registerCommand(store.nowMsSql, node, leaseMs, afterEpoch);
      const [result] = await store.write([command]);
      return integer(result?.rows[0] ?? {}, 'epoch');
    },
    beat: async (holder, facts) => {
      const results = await store.write(beatCommands(store.nowMsSql, holder, facts));
      return { renewed: countOf(results, 0) === 1, takenOver: countOf(results, 2) };
    },
    unregister: async (holder) => {
      await store.write([
        {
          sql: 'delete from node where id = $1 and epoch = $2',
          params: [holder.node, holder.epoch],
        },
      ]);
    },
    claim: async (holder, nowMs, priorities) => {
      const results = await store.write(
        priorities.map((priority) => claimCommand(store.dialect, holder, nowMs, priority)),
      );
      return {
        steps: results.flatMap((result) => result.rows.map(stepOf)),
        more: results.some((result) => result.rows.length >= LIMITS.stepsClaimBatchMax),
      };
    },
    nextDueMs: async (afterMs) => {
      const [row] = await store.query(nextDueStatement(afterMs));
      return row === undefined ? null : nullableInteger(row, 'due_at_ms');
    },
    claimedBy: async ({ node, epoch }) => {
      const sql = `select id, fence from step where state = 'claimed' and node = $1 and epoch = $2`;
      const rows = await store.query(statement(sql, node, epoch));
      return rows.map((row) => ({ id: text(row, 'id'), fence: integer(row, 'fence') }));
    },
    laneIsFree: async (lane, beforeId) => {
      const sql = `select 1 as found from step
  where lane = $1 and id < $2 and state in ${UNENDED} limit 1`;
      return (await store.query(statement(sql, lane, beforeId))).length === 0;
    },
    standing: async (id) => {
      const sql = 'select state, fence, node, epoch from step where id = $1';
      const [row] = await store.query(statement(sql, id));
      return row === undefined
        ? undefined
        : {
            state: text(row, 'state') as StepState, // Only this file writes states.
            fence: integer(row, 'fence'),
            node: nullableText(row, 'node'),
            epoch: nullableInteger(row, 'epoch'),
          };
    },
    blockedCount: async () => {
      const sql = `select count(*) as blocked from step where state = 'blocked'`;
      const [row] = await store.query(statement(sql));
      return row === undefined ? 0 : integer(row, 'blocked');
    },
    list: async (filter) => (await store.query(listStatement(filter))).map(stepOf),
  };
}
