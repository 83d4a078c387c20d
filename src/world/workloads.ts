import type { Clock } from '../kernel/index.ts';
import type { Action, DataRequest, Reply } from './model.ts';
import type { TargetState } from './target-state.ts';

export interface WorkloadSpec {
  readonly name: string;
  readonly service: string;
  readonly target: string;
  readonly credential: string;
  readonly action: Action;
  readonly intervalMs: number;
  /** Logs in once and works with the session until it is refused. */
  readonly useSession: boolean;
}

export interface WorkloadStatus extends WorkloadSpec {
  readonly running: boolean;
  /** Its last use failed. */
  readonly broken: boolean;
  readonly brokenSinceMs: number | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly lastError: string | null;
}

export interface Workload {
  readonly status: () => WorkloadStatus;
  readonly start: (afterMs: number) => void;
  readonly stop: () => void;
}

export type DataPlane = (target: string, request: DataRequest) => Reply | Promise<Reply>;

/** Continues at once when there is nothing to wait for: a world of workloads must not cost a promise per use. */
export function whenAnswered(reply: Reply | Promise<Reply>, go: (reply: Reply) => void): void {
  if (reply instanceof Promise) void reply.then(go);
  else go(reply);
}

export function errorOf(reply: Reply): string {
  if (reply.drop === true) return 'no-answer';
  const { error } = reply.body;
  return typeof error === 'string' ? error : `status-${reply.status}`;
}

/** A legitimate consumer: uses its credential on and on, and takes the replacement when its store has one. */
export function createWorkload(
  spec: WorkloadSpec,
  target: TargetState,
  clock: Clock,
  request: DataPlane,
): Workload {
  let { credential } = spec;
  let token: string | null = null;
  let cancel: (() => void) | null = null;
  let counts = { succeeded: 0, failed: 0 };
  let lastError: string | null = null;
  let brokenSinceMs: number | null = null;

  const settle = (reply: Reply): void => {
    if (reply.status === 200) {
      counts = { ...counts, succeeded: counts.succeeded + 1 };
      lastError = null;
      brokenSinceMs = null;
    } else {
      counts = { ...counts, failed: counts.failed + 1 };
      lastError = errorOf(reply);
      brokenSinceMs ??= clock.nowMs();
      token = null;
    }
    if (cancel !== null) arm(spec.intervalMs);
  };
  const send = (secret: string, action: Action, then: (reply: Reply) => void): void => {
    const source = `workload:${spec.name}`;
    whenAnswered(request(spec.target, { secret, action, source }), then);
  };
  const logIn = (): void => {
    send(target.secretOf(credential), 'login', (reply) => {
      const { token: given } = reply.body;
      if (typeof given !== 'string') {
        settle(reply);
        return;
      }
      token = given;
      send(given, spec.action, settle);
    });
  };
  /** An ended session is an everyday event: log in again before calling it a failure. */
  const useSession = (session: string): void => {
    send(session, spec.action, (reply) => {
      if (reply.status === 200 || reply.drop === true) settle(reply);
      else logIn();
    });
  };
  const use = (): void => {
    const replacement = target.configured.credentials.get(credential)?.replacedBy ?? null;
    if (replacement !== null) {
      credential = replacement;
      token = null;
    }
    if (!spec.useSession) send(target.secretOf(credential), spec.action, settle);
    else if (token === null) logIn();
    else useSession(token);
  };
  const arm = (afterMs: number): void => {
    cancel = clock.timer(clock.nowMs() + afterMs, use);
  };
  return {
    status: () => ({
      ...spec,
      ...counts,
      credential,
      running: cancel !== null,
      broken: brokenSinceMs !== null,
      brokenSinceMs,
      lastError,
    }),
    start: (afterMs) => {
      if (cancel === null) arm(afterMs);
    },
    stop: () => {
      cancel?.();
      cancel = null;
    },
  };
}
