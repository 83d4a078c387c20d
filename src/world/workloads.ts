import type { Clock } from '../kernel/index.ts';
import type { Action, DataRequest, Reply } from './model.ts';
import type { TargetState } from './target-state.ts';
import type { Vaults } from './vaults.ts';

export interface WorkloadSpec {
  readonly name: string;
  readonly service: string;
  readonly target: string;
  readonly credential: string;
  readonly action: Action;
  readonly intervalMs: number;
  /** Logs in once and works with the session until it is refused. */
  readonly useSession: boolean;
  /** Where it reads its credential; without one it takes over what the target itself replaced. */
  readonly store?: {
    readonly vault: string;
    readonly key: string;
    /** So long after a write it uses what was written; null: it never looks again. */
    readonly pickUpMs: number | null;
  };
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
export class Workload {
  readonly #spec: WorkloadSpec;
  readonly #target: TargetState;
  readonly #clock: Clock;
  readonly #request: DataPlane;
  readonly #vaults: Vaults;
  #credential: string;
  #token: string | null = null;
  #cancel: (() => void) | null = null;
  #succeeded = 0;
  #failed = 0;
  #lastError: string | null = null;
  #brokenSinceMs: number | null = null;

  constructor(
    spec: WorkloadSpec,
    target: TargetState,
    clock: Clock,
    request: DataPlane,
    vaults: Vaults,
  ) {
    this.#spec = spec;
    this.#target = target;
    this.#clock = clock;
    this.#request = request;
    this.#vaults = vaults;
    this.#credential = spec.credential;
  }

  status(): WorkloadStatus {
    return {
      ...this.#spec,
      credential: this.#credential,
      running: this.#cancel !== null,
      broken: this.#brokenSinceMs !== null,
      brokenSinceMs: this.#brokenSinceMs,
      succeeded: this.#succeeded,
      failed: this.#failed,
      lastError: this.#lastError,
    };
  }

  start(afterMs: number): void {
    if (this.#cancel === null) this.#arm(afterMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(afterMs: number): void {
    this.#cancel = this.#clock.timer(this.#clock.nowMs() + afterMs, () => {
      this.#use();
    });
  }

  #use(): void {
    const replacement = this.#replacement();
    if (replacement !== null && replacement !== this.#credential) {
      this.#credential = replacement;
      this.#token = null;
    }
    if (!this.#spec.useSession) {
      this.#send(this.#target.secretOf(this.#credential), this.#spec.action, (reply) => {
        this.#settle(reply);
      });
    } else if (this.#token === null) this.#logIn();
    else this.#useSession(this.#token);
  }

  #replacement(): string | null {
    const { store } = this.#spec;
    const { configured } = this.#target;
    if (store === undefined)
      return configured.credentials.get(this.#credential)?.replacedBy ?? null;
    const entry = this.#vaults.read(store.vault, store.key);
    if (entry === null || store.pickUpMs === null) return null;
    if (this.#clock.nowMs() < entry.changedAtMs + store.pickUpMs) return null;
    const principal = this.#target.principalOf(entry.secret);
    return principal?.type === 'credential' ? principal.credential : null;
  }

  #logIn(): void {
    this.#send(this.#target.secretOf(this.#credential), 'login', (reply) => {
      const { token } = reply.body;
      if (typeof token !== 'string') {
        this.#settle(reply);
        return;
      }
      this.#token = token;
      this.#send(token, this.#spec.action, (used) => {
        this.#settle(used);
      });
    });
  }

  /** An ended session is an everyday event: log in again before calling it a failure. */
  #useSession(token: string): void {
    this.#send(token, this.#spec.action, (reply) => {
      if (reply.status === 200 || reply.drop === true) this.#settle(reply);
      else this.#logIn();
    });
  }

  #send(secret: string, action: Action, then: (reply: Reply) => void): void {
    const source = `workload:${this.#spec.name}`;
    whenAnswered(this.#request(this.#spec.target, { secret, action, source }), then);
  }

  #settle(reply: Reply): void {
    if (reply.status === 200) {
      this.#succeeded += 1;
      this.#lastError = null;
      this.#brokenSinceMs = null;
    } else {
      this.#failed += 1;
      this.#lastError = errorOf(reply);
      this.#brokenSinceMs ??= this.#clock.nowMs();
      this.#token = null;
    }
    if (this.#cancel !== null) this.#arm(this.#spec.intervalMs);
  }
}
