import {
  type Clock,
  FirebreakError,
  type IdSource,
  type JsonObject,
  LIMITS,
  type Log,
  present,
  toTimestamp,
} from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { answerOf, judge, namesOf } from './evaluate.ts';
import type {
  Constraint,
  EvaluationRequest,
  EvaluationResponse,
  Gate,
  GateStatistics,
  LiftOrder,
  Restriction,
  RestrictionChange,
  RestrictionOrder,
  StalenessPolicy,
} from './model.ts';
import {
  insertRestriction,
  liftRestrictions,
  readInForce,
  readRevision,
  readSince,
} from './store.ts';
import { createView, type View } from './view.ts';

export interface GateParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** What is answered when the view could not be refreshed in time. */
  readonly stalenessPolicy: StalenessPolicy;
}

const WAKE_CHANNEL = 'gate';
const PAGE_ROWS = 5_000;

/** A constrained identity may work but not spread, unless the order says something else. */
const CANNOT_SPREAD: Constraint = {
  denyActions: ['mint', 'grant', 'assume', 'modify-self', 'create-credential', 'create-identity'],
};

interface State {
  revision: number;
  syncedAtMs: number;
  evaluations: number;
  denials: number;
  stopTimer: () => void;
  refreshing: Promise<void> | null;
  again: boolean;
  stopped: boolean;
}

type Listener = (changed: readonly Restriction[]) => void;

interface Shell {
  readonly parts: GateParts;
  readonly view: View;
  readonly state: State;
  readonly listeners: Set<Listener>;
}

function restrictionOf({ ids, clock }: GateParts, order: RestrictionOrder): Restriction {
  const { identity, effect, incident, reason, constraint, untilMs } = order;
  const credential = order.credential ?? null;
  if (constraint !== undefined && effect !== 'constrain') {
    throw new FirebreakError('request-invalid', { problem: `${effect} takes no constraint` });
  }
  const own = credential ?? identity;
  const aliases = [...new Set([own, ...(order.aliases ?? [])])];
  if (aliases.length > LIMITS.restrictionAliasesMax) {
    const problem = `aliases has more than ${LIMITS.restrictionAliasesMax} items`;
    throw new FirebreakError('request-invalid', { problem });
  }
  return {
    id: ids.next('restriction'),
    revision: 0,
    identity,
    credential,
    aliases,
    effect,
    constraint: effect === 'constrain' ? (constraint ?? CANNOT_SPREAD) : null,
    incident,
    reason,
    since: toTimestamp(clock.nowMs()),
    until: untilMs === undefined ? null : toTimestamp(untilMs),
    liftedAt: null,
  };
}

function liftChange({ parts, view }: Shell, order: LiftOrder): RestrictionChange {
  const nowMs = parts.clock.nowMs();
  const hit = view
    .all(nowMs)
    .filter((one) =>
      'id' in order
        ? one.id === order.id
        : one.identity === order.identity &&
          (order.incident === undefined || one.incident === order.incident),
    );
  const at = toTimestamp(nowMs);
  const lifted = hit.map(({ id }) => ({ id, at }));
  return { commands: liftRestrictions(order, nowMs), restricted: [], lifted };
}

/** Rows that were lifted together share a revision: a full page may end between them, so its last one is read again. */
function nextRevision(rows: readonly Restriction[], known: number): number {
  const last = rows.at(-1)?.revision ?? known;
  const cut = rows.length === PAGE_ROWS && (rows[0]?.revision ?? last) < last;
  return cut ? last - 1 : last;
}

/** Takes one change after another from the store; a wake in the middle asks for one more round. */
async function catchUp({ parts, view, state, listeners }: Shell): Promise<void> {
  const startedAtMs = parts.clock.nowMs();
  for (;;) {
    const rows = await readSince(parts.store, state.revision, PAGE_ROWS);
    const changed = rows.filter((row) => view.put(row));
    state.revision = nextRevision(rows, state.revision);
    if (changed.length > 0) for (const listener of listeners) listener(changed);
    if (rows.length < PAGE_ROWS) break;
  }
  state.syncedAtMs = startedAtMs;
}

function refresh(shell: Shell): Promise<void> {
  const { state } = shell;
  if (state.refreshing !== null) {
    state.again = true;
    return state.refreshing;
  }
  const run = async (): Promise<void> => {
    try {
      do {
        state.again = false;
        await catchUp(shell);
      } while (state.again);
    } finally {
      state.refreshing = null;
    }
  };
  state.refreshing = run();
  return state.refreshing;
}

/** A failed refresh is not an error of anybody's request: the view grows stale and the answers say so. */
function refreshLater(shell: Shell): void {
  if (shell.state.stopped) return;
  refresh(shell).catch((error: unknown) => {
    shell.parts.log.warn({ error }, 'the gate could not refresh its view');
  });
}

function armTimer(shell: Shell): void {
  const { clock } = shell.parts;
  shell.state.stopTimer = clock.timer(clock.nowMs() + LIMITS.gateRefreshMs, () => {
    refreshLater(shell);
    if (!shell.state.stopped) armTimer(shell);
  });
}

function applied(shell: Shell, { restricted, lifted }: RestrictionChange): void {
  const changed: Restriction[] = restricted.filter((one) => shell.view.put(one));
  for (const { id, at } of lifted) {
    const row = shell.view.lift(id, at);
    if (row !== null) changed.push(row);
  }
  if (changed.length > 0) for (const listener of shell.listeners) listener(changed);
  shell.parts.store.wake(WAKE_CHANNEL);
  refreshLater(shell);
}

function evaluate({ parts, view, state }: Shell, request: EvaluationRequest): EvaluationResponse {
  const nowMs = parts.clock.nowMs();
  const verdict = judge(view.named(namesOf(request), nowMs), request);
  const { revision, syncedAtMs } = state;
  const answer = answerOf(verdict, nowMs - syncedAtMs, parts.stalenessPolicy, revision);
  state.evaluations += 1;
  if (!answer.decision) state.denials += 1;
  return answer;
}

/** A gate outside an incident leaves its own entry; inside one, the incident's entries say it. */
async function write(
  shell: Shell,
  kind: string,
  actor: string,
  change: RestrictionChange,
  data: JsonObject,
): Promise<void> {
  const { ids, clock, ledger } = shell.parts;
  const at = toTimestamp(clock.nowMs());
  const id = ids.next('entry');
  const entry = { id, at, kind, actor, incident: null, ordinal: null, data };
  await ledger.append([entry], change.commands);
  applied(shell, change);
}

function statisticsOf({ parts, view, state }: Shell): GateStatistics {
  const { revision, syncedAtMs, evaluations, denials } = state;
  const restrictions = view.all(parts.clock.nowMs()).length;
  return { revision, restrictions, syncedAtMs, evaluations, denials };
}

/** Loads what is in force, then stays current by its own writes, by wakes, and by looking every few seconds. */
export async function createGate(parts: GateParts): Promise<Gate> {
  const state: State = {
    revision: 0,
    syncedAtMs: parts.clock.nowMs(),
    evaluations: 0,
    denials: 0,
    stopTimer: () => undefined,
    refreshing: null,
    again: false,
    stopped: false,
  };
  const shell: Shell = { parts, view: createView(), state, listeners: new Set() };
  // The revision first: a change in between is read again by the first refresh.
  state.revision = await readRevision(parts.store);
  for (const restriction of await readInForce(parts.store)) shell.view.put(restriction);
  armTimer(shell);
  const stopWake = parts.store.onWake(WAKE_CHANNEL, () => {
    refreshLater(shell);
  });
  const restrictCommands = (order: RestrictionOrder): RestrictionChange => {
    const restriction = restrictionOf(parts, order);
    return { commands: insertRestriction(restriction), restricted: [restriction], lifted: [] };
  };
  return {
    restrictCommands,
    liftCommands: (order) => liftChange(shell, order),
    applied: (change) => {
      applied(shell, change);
    },
    restrict: async (order, actor) => {
      const change = restrictCommands(order);
      const restriction = present(change.restricted[0], 'an order makes one restriction');
      const { id, identity, credential, effect, reason, until } = restriction;
      const data = { restriction: id, identity, credential, effect, reason, until };
      await write(shell, 'gate.restricted', actor, change, data);
      return restriction;
    },
    lift: async (order, actor) => {
      // Another node's restriction may not have been seen here yet.
      await refresh(shell);
      const change = liftChange(shell, order);
      const ids = change.lifted.map(({ id }) => id);
      if (ids.length > 0) await write(shell, 'gate.lifted', actor, change, { restrictions: ids });
      return ids;
    },
    evaluate: (request) => evaluate(shell, request),
    restrictionsOf: (identity) =>
      shell.view.all(parts.clock.nowMs()).filter((one) => one.identity === identity),
    list: () => shell.view.all(parts.clock.nowMs()),
    since: (revision, limit) => readSince(parts.store, revision, limit),
    onChange: (listener) => {
      shell.listeners.add(listener);
      return () => {
        shell.listeners.delete(listener);
      };
    },
    refresh: () => refresh(shell),
    statistics: () => statisticsOf(shell),
    stop: () => {
      state.stopped = true;
      state.stopTimer();
      stopWake();
    },
  };
}
