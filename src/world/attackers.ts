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

export interface Attacker {
  readonly status: () => AttackerStatus;
  readonly stop: () => void;
}

/** Starts an attack at once: it knows the leaked secret and everything that it makes of it. */
export function startAttacker(plan: AttackPlan, clock: Clock, request: DataPlane): Attacker {
  const startedAtMs = clock.nowMs();
  const known: Known[] = [{ ...plan.leaked, from: 'leak', sinceMs: startedAtMs }];
  const firstRefusals: Record<string, Refusal> = {};
  const cancels = new Map<AttackStep, () => void>();
  let firstRefusal: Refusal | null = null;
  let firstAllowedAtMs: number | null = null;
  let lastAllowedAtMs: number | null = null;
  let counts = { allowed: 0, refused: 0 };
  let current = 0;

  const note = (action: Action, reply: Reply): void => {
    const atMs = clock.nowMs();
    if (reply.status === 200) {
      counts = { ...counts, allowed: counts.allowed + 1 };
      firstAllowedAtMs ??= atMs;
      lastAllowedAtMs = atMs;
      return;
    }
    counts = { ...counts, refused: counts.refused + 1 };
    // A lost answer, a failing target or a right it never had is not the defence at work.
    if (reply.status !== 401 && reply.status !== 403) return;
    if (errorOf(reply) === 'permission-denied') return;
    const refusal = { atMs, action, code: errorOf(reply) };
    firstRefusal ??= refusal;
    firstRefusals[action] ??= refusal;
  };
  const learn = (reply: Reply, by: Known): void => {
    const { secret, token, credential, session, identity } = reply.body;
    const sinceMs = clock.nowMs();
    if (known.length >= KNOWN_MAX) return;
    if (typeof secret === 'string' && typeof credential === 'string') {
      const owner = typeof identity === 'string' ? identity : by.identity;
      const born = { from: 'mint', identity: owner, sinceMs } as const;
      known.push({ ...born, secret, credential, session: null });
    }
    if (typeof token === 'string' && typeof session === 'string') {
      const born = { from: 'login', identity: by.identity, sinceMs } as const;
      known.push({ ...born, secret: token, credential: null, session });
    }
  };
  /** Tries what worked last, then the others, newest first. */
  const turn = (step: AttackStep, tries: number): void => {
    const by = known[current % known.length];
    if (by === undefined) return;
    const action = step.do === 'use' ? (step.action ?? 'read') : step.do;
    const asked = {
      secret: by.secret,
      action,
      ...(step.as === undefined ? {} : { as: step.as }),
      source: `attacker:${plan.id}`,
    };
    whenAnswered(request(plan.target, asked), (reply) => {
      note(action, reply);
      if (reply.status === 200) {
        learn(reply, by);
        return;
      }
      current = (current + known.length - 1) % known.length;
      if (tries + 1 < Math.min(known.length, TRIES_PER_TURN_MAX)) turn(step, tries + 1);
    });
  };
  const arm = (step: AttackStep, atMs: number): void => {
    const fire = (): void => {
      cancels.delete(step);
      turn(step, 0);
      const nextMs = atMs + (step.everyMs ?? 0);
      const over = step.untilMs !== undefined && nextMs > startedAtMs + step.untilMs;
      if (step.everyMs !== undefined && !over) arm(step, Math.max(nextMs, clock.nowMs()));
    };
    cancels.set(step, clock.timer(atMs, fire));
  };
  for (const step of plan.steps) arm(step, startedAtMs + step.atMs);
  return {
    status: () => ({
      id: plan.id,
      script: plan.script,
      target: plan.target,
      running: cancels.size > 0,
      startedAtMs,
      known: [...known],
      ...counts,
      firstAllowedAtMs,
      lastAllowedAtMs,
      firstRefusal,
      firstRefusals: { ...firstRefusals },
    }),
    stop: () => {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}
