import type { EvaluationRequest, Restriction, StalenessPolicy } from '../../src/gate/index.ts';
import { answerOf, isInForce, judge, namesOf } from '../../src/gate/testing.ts';
import { LIMITS, toTimestamp } from '../../src/kernel/index.ts';
import type { Effect } from '../../src/response/incident/testing.ts';
import type { Chance } from './chance.ts';
import type { Sabotage } from './sabotage.ts';

export interface GateParts {
  readonly chance: Chance;
  readonly nowMs: () => number;
  readonly policy: StalenessPolicy;
  readonly sabotage: Sabotage | null;
  readonly fail: (promise: string, what: string) => void;
}

/** How often a guard reads what has changed, when it can. */
const REFRESH_MS = 2_000;

type Row = Restriction & { readonly atMs: number; liftedAtMs: number | null };

/** A guard with a copy of the restrictions, which is cut off from the server now and then. */
export class GateCopy {
  readonly #parts: GateParts;
  readonly #rows: Row[] = [];

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** On the server, in the commit of the incident. */
  onEffects(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'restrict') this.#restrict(effect);
      if (effect.type === 'lift') this.#lift(effect);
    }
  }

  /** Somebody uses a credential; the copy is as old as the last time it could be refreshed. */
  ask(identity: string, credential: string, action: string): void {
    const { chance, nowMs, policy, fail, sabotage } = this.#parts;
    const ageMs = chance.is(0.4)
      ? chance.between(0, 4 * LIMITS.gateStaleMs)
      : chance.between(0, REFRESH_MS);
    const atMs = nowMs() - ageMs;
    const copy = this.#rows
      .filter((row) => row.atMs <= atMs)
      .map(({ liftedAtMs, ...row }) => ({
        ...row,
        liftedAt: liftedAtMs === null || liftedAtMs > atMs ? null : toTimestamp(liftedAtMs),
      }));
    const request: EvaluationRequest = {
      subject: { type: 'identity', id: identity, properties: { credential } },
      action: { name: action },
      resource: { type: 'any', id: 'any' },
    };
    const names = namesOf(request);
    const named = copy.filter(
      (row) => isInForce(row, nowMs()) && row.aliases.some((name) => names.includes(name)),
    );
    const answer = answerOf(judge(named, request), ageMs, policy, copy.length);
    const isOld = ageMs > LIMITS.gateStaleMs;
    const said = sabotage === 'stale-gate-is-silent' ? undefined : answer.context.stale;
    if (isOld !== (said !== undefined)) fail('10', 'a gate with an old view does not say so');
    if (isOld && policy === 'strict' && answer.decision)
      fail('10', 'a strict gate let something through on an old view');
    const denied = copy.some(
      (row) =>
        row.liftedAt === null &&
        row.effect === 'deny' &&
        [identity, credential].includes(row.credential ?? row.identity),
    );
    if (denied && answer.decision) fail('10', 'a gate let in what its own copy denies');
  }

  #restrict(effect: Extract<Effect, { readonly type: 'restrict' }>): void {
    const { identity, credential, why, effect: kind } = effect;
    const atMs = this.#parts.nowMs();
    this.#rows.push({
      id: `rst_${this.#rows.length}`,
      revision: this.#rows.length + 1,
      identity,
      credential,
      aliases: [credential ?? identity],
      effect: kind,
      constraint: kind === 'constrain' ? { denyActions: ['mint'] } : null,
      incident: null,
      reason: why,
      since: toTimestamp(atMs),
      until: null,
      liftedAt: null,
      atMs,
      liftedAtMs: null,
    });
  }

  #lift({ keepCredentials, only }: Extract<Effect, { readonly type: 'lift' }>): void {
    for (const row of this.#rows) {
      const isKept = keepCredentials.some((one) => one === row.credential);
      const isMeant = only === undefined ? !isKept : row.credential === only;
      if (isMeant) row.liftedAtMs ??= this.#parts.nowMs();
    }
  }
}
