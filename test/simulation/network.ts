import type { Performed } from '../../src/runner/index.ts';
import type { Chance } from './chance.ts';
import type { EventQueue } from './queue.ts';
import { CALL_TIMEOUT_MS, type Scenario, TROUBLE_MS } from './scenario.ts';

export type Answer<Value> =
  | { readonly type: 'answered'; readonly value: Value }
  | Extract<Performed, { readonly type: 'failed' | 'refused' }>;

interface Fate {
  /** When the target does its work; null: never. */
  readonly workAtMs: number | null;
  /** What comes back instead of the answer, if anything. */
  readonly instead: Extract<Performed, { readonly type: 'failed' | 'refused' }> | null;
  readonly replyAtMs: number;
  readonly partial: boolean;
}

const NO_ANSWER: Fate['instead'] = { type: 'failed', reason: 'no answer in time', unknown: true };

/** Between a node and the target: calls are slow, get lost on the way there or on the way back, or are refused. */
export class Network {
  /** Until then an effect that was sent may still arrive. */
  effectInFlightUntilMs = 0;
  readonly #queue: EventQueue;
  readonly #chance: Chance;
  readonly #scenario: Scenario;
  readonly #startMs: number;

  constructor(queue: EventQueue, chance: Chance, scenario: Scenario) {
    this.#queue = queue;
    this.#chance = chance;
    this.#scenario = scenario;
    this.#startMs = queue.nowMs;
  }

  isOut(): boolean {
    const sinceMs = this.#queue.nowMs - this.#startMs;
    return this.#scenario.outages.some(({ fromMs, toMs }) => sinceMs >= fromMs && sinceMs < toMs);
  }

  call<Value>(
    kind: 'effect' | 'read' | 'probe',
    work: (partial: boolean) => Value,
    reply: (answer: Answer<Value>) => void,
  ): void {
    const queue = this.#queue;
    const isEffect = kind === 'effect';
    if (isEffect) this.effectInFlightUntilMs = queue.nowMs + CALL_TIMEOUT_MS;
    const fate = this.#draw(isEffect);
    let worked: { readonly value: Value } | null = null;
    if (fate.workAtMs !== null) {
      queue.at(fate.workAtMs, () => {
        if (kind !== 'probe' && this.isOut()) return;
        worked = { value: work(fate.partial) };
      });
    }
    queue.at(fate.replyAtMs, () => {
      if (fate.instead !== null) reply(fate.instead);
      else if (worked === null) reply(NO_ANSWER ?? { type: 'refused', reason: 'unreachable' });
      else reply({ type: 'answered', value: worked.value });
    });
  }

  #draw(isEffect: boolean): Fate {
    const { nowMs } = this.#queue;
    const chance = this.#chance;
    const { faults } = this.#scenario;
    const quickMs = nowMs + chance.between(2, 40);
    const lateMs = nowMs + CALL_TIMEOUT_MS;
    const partial = isEffect && chance.is(faults.partial);
    const good: Fate = { workAtMs: quickMs, instead: null, replyAtMs: quickMs + 3, partial };
    const fail = (unknown: boolean, retryAfterMs?: number): Fate['instead'] => ({
      type: 'failed',
      reason: 'the target failed',
      unknown,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    if (isEffect && faults.refused > 0 && chance.is(faults.refused)) {
      const instead = { type: 'refused', reason: 'grant missing' } as const;
      return { ...good, workAtMs: null, instead };
    }
    if (nowMs - this.#startMs > TROUBLE_MS || !chance.is(total(faults))) return good;
    switch (chance.pick(['slow', 'lost reply', 'lost request', 'error', 'refuses now'])) {
      case 'slow': {
        const workAtMs = nowMs + chance.between(200, CALL_TIMEOUT_MS - 1);
        const replyAtMs = workAtMs + chance.between(0, 3_000);
        if (replyAtMs <= lateMs) return { ...good, workAtMs, replyAtMs };
        return { workAtMs, instead: NO_ANSWER, replyAtMs: lateMs, partial };
      }
      case 'lost reply':
        return { ...good, instead: NO_ANSWER, replyAtMs: lateMs };
      case 'lost request':
        return { ...good, workAtMs: null, instead: NO_ANSWER, replyAtMs: lateMs };
      case 'error':
        return { ...good, workAtMs: chance.is(0.5) ? quickMs : null, instead: fail(true) };
      case 'refuses now': {
        const retryAfterMs = chance.is(0.5) ? chance.between(100, 3_000) : undefined;
        return { ...good, workAtMs: null, instead: fail(false, retryAfterMs) };
      }
      default:
        return good;
    }
  }
}

function total({ slow, lostReply, lostRequest, error, transient }: Scenario['faults']): number {
  return slow + lostReply + lostRequest + error + transient;
}
