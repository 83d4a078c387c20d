import type { Clock } from '../kernel/index.ts';
import type { Action, Reply } from './model.ts';
import { errorOf, whenAnswered, type DataPlane } from './workloads.ts';

/** One line of an attack. Lines run beside each other, each at its own times after the start. */
export interface AttackStep {
  readonly atMs: number;
  readonly do: 'use' | 'mint' | 'login' | 'grant';
  readonly action?: Action;
  readonly as?: 'self' | 'new-identity';
  readonly everyMs?: number;
  readonly untilMs?: number;
}

// table: what attackers do
export const ATTACK_SCRIPTS: Readonly<Record<string, readonly AttackStep[]>> = {
  'use-at-once': [{ atMs: 0, do: 'use', everyMs: 100 }],
  'mint-second-key': [
    { atMs: 0, do: 'use', everyMs: 100 },
    { atMs: 1_000, do: 'mint', as: 'self' },
  ],
  'mint-new-identity': [
    { atMs: 0, do: 'use', everyMs: 100 },
    { atMs: 1_000, do: 'mint', as: 'new-identity' },
  ],
  'quiet-and-return': [
    { atMs: 0, do: 'use', everyMs: 200, untilMs: 2_000 },
    { atMs: 60_000, do: 'use', everyMs: 200 },
  ],
  'hold-session': [
    { atMs: 0, do: 'login' },
    { atMs: 100, do: 'use', everyMs: 200 },
  ],
  respawner: [
    { atMs: 0, do: 'use', everyMs: 200 },
    { atMs: 500, do: 'mint', as: 'self', everyMs: 2_000, untilMs: 60_000 },
    { atMs: 1_500, do: 'mint', as: 'new-identity', everyMs: 4_000, untilMs: 60_000 },
  ],
};

/** More known secrets than this are not tried or minted: an attack is bounded too. */
const KNOWN_MAX = 200;
/** After a refusal an attacker tries this many other secrets before it waits for its next turn. */
const TRIES_PER_TURN_MAX = 8;

export interface Known {
  readonly secret: string;
  readonly from: 'leak' | 'mint' | 'login';
  readonly credential: string | null;
  readonly session: string | null;
  readonly identity: string;
  readonly sinceMs: number;
}

export interface Refusal {
  readonly atMs: number;
  readonly action: Action;
  readonly code: string;
}

export interface AttackerStatus {
  readonly id: string;
  readonly script: string;
  readonly target: string;
  readonly running: boolean;
  readonly startedAtMs: number;
  readonly known: readonly Known[];
  readonly allowed: number;
  readonly refused: number;
  readonly firstAllowedAtMs: number | null;
  readonly lastAllowedAtMs: number | null;
  readonly firstRefusal: Refusal | null;
  /** The first refusal of each action: minting falls long before reading. */
  readonly firstRefusals: Readonly<Record<string, Refusal>>;
}

export interface AttackPlan {
  readonly id: string;
  readonly script: string;
  readonly steps: readonly AttackStep[];
  readonly target: string;
  readonly leaked: Omit<Known, 'from' | 'sinceMs'>;
}

/** Begins at once: it knows the leaked secret and everything that it makes of it. */
export class Attacker {
  readonly #plan: AttackPlan;
  readonly #clock: Clock;
  readonly #request: DataPlane;
  readonly #startedAtMs: number;
  readonly #known: Known[];
  readonly #firstRefusals: Record<string, Refusal> = {};
  readonly #cancels = new Map<AttackStep, () => void>();
  #firstRefusal: Refusal | null = null;
  #firstAllowedAtMs: number | null = null;
  #lastAllowedAtMs: number | null = null;
  #allowed = 0;
  #refused = 0;
  #current = 0;

  constructor(plan: AttackPlan, clock: Clock, request: DataPlane) {
    this.#plan = plan;
    this.#clock = clock;
    this.#request = request;
    this.#startedAtMs = clock.nowMs();
    this.#known = [{ ...plan.leaked, from: 'leak', sinceMs: this.#startedAtMs }];
    for (const step of plan.steps) this.#arm(step, this.#startedAtMs + step.atMs);
  }

  status(): AttackerStatus {
    return {
      id: this.#plan.id,
      script: this.#plan.script,
      target: this.#plan.target,
      running: this.#cancels.size > 0,
      startedAtMs: this.#startedAtMs,
      known: [...this.#known],
      allowed: this.#allowed,
      refused: this.#refused,
      firstAllowedAtMs: this.#firstAllowedAtMs,
      lastAllowedAtMs: this.#lastAllowedAtMs,
      firstRefusal: this.#firstRefusal,
      firstRefusals: { ...this.#firstRefusals },
    };
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #arm(step: AttackStep, atMs: number): void {
    const fire = (): void => {
      this.#cancels.delete(step);
      this.#turn(step, 0);
      const nextMs = atMs + (step.everyMs ?? 0);
      const over = step.untilMs !== undefined && nextMs > this.#startedAtMs + step.untilMs;
      if (step.everyMs !== undefined && !over) {
        this.#arm(step, Math.max(nextMs, this.#clock.nowMs()));
      }
    };
    this.#cancels.set(step, this.#clock.timer(atMs, fire));
  }

  /** Tries what worked last, then the others, newest first. */
  #turn(step: AttackStep, tries: number): void {
    const by = this.#known[this.#current % this.#known.length];
    if (by === undefined) return;
    const action = step.do === 'use' ? (step.action ?? 'read') : step.do;
    const asked = {
      secret: by.secret,
      action,
      ...(step.as === undefined ? {} : { as: step.as }),
      source: `attacker:${this.#plan.id}`,
    };
    whenAnswered(this.#request(this.#plan.target, asked), (reply) => {
      this.#note(action, reply);
      if (reply.status === 200) {
        this.#learn(reply, by);
        return;
      }
      const count = this.#known.length;
      this.#current = (this.#current + count - 1) % count;
      if (tries + 1 < Math.min(count, TRIES_PER_TURN_MAX)) this.#turn(step, tries + 1);
    });
  }

  #note(action: Action, reply: Reply): void {
    const atMs = this.#clock.nowMs();
    if (reply.status === 200) {
      this.#allowed += 1;
      this.#firstAllowedAtMs ??= atMs;
      this.#lastAllowedAtMs = atMs;
      return;
    }
    this.#refused += 1;
    // A lost answer, a failing target or a right it never had is not the defence at work.
    if (reply.status !== 401 && reply.status !== 403) return;
    const code = errorOf(reply);
    if (code === 'permission-denied') return;
    const refusal = { atMs, action, code };
    this.#firstRefusal ??= refusal;
    this.#firstRefusals[action] ??= refusal;
  }

  #learn(reply: Reply, by: Known): void {
    const { secret, token, credential, session, identity } = reply.body;
    const sinceMs = this.#clock.nowMs();
    if (this.#known.length >= KNOWN_MAX) return;
    if (typeof secret === 'string' && typeof credential === 'string') {
      const owner = typeof identity === 'string' ? identity : by.identity;
      const born = { from: 'mint', identity: owner, sinceMs } as const;
      this.#known.push({ ...born, secret, credential, session: null });
    }
    if (typeof token === 'string' && typeof session === 'string') {
      const born = { from: 'login', identity: by.identity, sinceMs } as const;
      this.#known.push({ ...born, secret: token, credential: null, session });
    }
  }
}
