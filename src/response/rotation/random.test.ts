import { describe, expect, it } from 'vitest';
import { createSeededRandom, type Id, type Random, randomInteger } from '../../kernel/index.ts';
import { decideRotation, type RotationCommand } from './decide.ts';
import type { RotationEffect } from './draft.ts';
import type { PlannedHandOver, RotationEntry, RotationPlan } from './entries.ts';
import { foldRotationAll } from './fold.ts';
import type { Hold, RotationChoice, RotationState } from './model.ts';
import type { SeenUse } from './observe.ts';
import { violationsOf } from './spec.ts';

const SETTINGS = { acknowledgeMs: 300_000, quietMs: 60_000, observeMs: 10_000 };
// An id of the right form; nothing is stored here.
const ID = 'rot_0000000000000000000001' as Id<'rotation'>;

interface Weather {
  /** Of a hundred calls so many fail. */
  readonly failures: number;
  readonly silent: number;
  readonly unheld: number;
  readonly strangers: number;
}
const FAIR: Weather = { failures: 0, silent: 0, unheld: 0, strangers: 0 };
const FOUL: Weather = { failures: 15, silent: 15, unheld: 20, strangers: 20 };

/** A consumer as it really is; the rotation knows of it what its target shows. */
interface Consumer {
  readonly id: string;
  readonly step: string;
  readonly everyMs: number;
  readonly pickUpMs: number | null;
  deliveredAtMs: number | null;
  nextUseMs: number;
}

interface Target {
  live: number;
  lost: number;
  oldAlive: boolean;
  readonly uses: Map<string, SeenUse>;
  downUntilMs: number;
  hold: Hold;
}

/** Everything outside of the core, driven by one seed: targets, stores, consumers and people. */
class Outside {
  readonly entries: RotationEntry[] = [];
  readonly broken: string[] = [];
  nowMs = 1_000_000;
  state: RotationState | null = null;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #consumers: Consumer[];
  readonly #targets = new Map<string, Target>();
  #due: { readonly atMs: number; readonly effect: RotationEffect }[] = [];
  #custodies = 0;

  constructor(seed: number, weather: Weather) {
    this.#random = createSeededRandom(seed);
    this.#weather = weather;
    const plan = this.#plan();
    for (const { id } of plan.steps) {
      const hold = this.#chance(weather.unheld)
        ? 'unheld'
        : this.#pick(['unsuspected', 'held'] as const);
      this.#targets.set(id, {
        live: 0,
        lost: 0,
        oldAlive: true,
        uses: new Map(),
        downUntilMs: 0,
        hold,
      });
    }
    this.#consumers = plan.handOvers
      .filter((one) => one.consumer !== null)
      .flatMap(({ id, step }) => {
        const isSilent = this.#chance(weather.silent);
        // Two processes of one consumer, each with its own time to take the new one: the target cannot tell them apart.
        return [1, 2].map(() => ({
          id,
          step,
          everyMs: 5_000 + randomInteger(this.#random, 40_000),
          pickUpMs: isSilent ? null : randomInteger(this.#random, 150_000),
          deliveredAtMs: null,
          nextUseMs: this.nowMs + randomInteger(this.#random, 40_000),
        }));
      });
    this.apply({ type: 'open', plan, incident: null, reason: 'a test', isAllowed: true });
  }

  #chance(percent: number): boolean {
    return randomInteger(this.#random, 100) < percent;
  }

  #pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[randomInteger(this.#random, values.length)] ?? values[0];
  }

  #plan(): RotationPlan {
    const steps = Array.from({ length: 1 + randomInteger(this.#random, 6) }, (_, index) => ({
      id: `s${index}`,
      group: 1 + Math.floor(index / 2),
      layer: 'keys' as const,
      target: 't',
      identity: `i${index}`,
      identityName: `i${index}`,
      name: `k${index}`,
      subject: { identity: `i${index}` },
      credential: `c${index}`,
      overlap: this.#pick(['native', 'twin'] as const),
      secretFrom: this.#pick(['caller', 'target'] as const),
      left: this.#chance(10) ? 'by hand' : null,
    }));
    const handOvers = steps.flatMap((step): readonly PlannedHandOver[] => {
      if (step.left !== null) return [];
      const count = randomInteger(this.#random, 4);
      const nobody = { consumer: null, name: 'nobody', seenAs: '', place: null };
      if (count === 0) return [{ id: `${step.id}.0`, step: step.id, ...nobody }];
      return Array.from({ length: count }, (_, index) => {
        const id = `${step.id}.${index}`;
        return {
          id,
          step: step.id,
          consumer: id,
          name: id,
          seenAs: id,
          place: { store: 'v', key: id },
        };
      });
    });
    const more = { subject: 'i0', name: 'i0', mode: 'orderly' as const, revision: 1 };
    return { ...more, truncated: false, cycleBreaks: [], breaks: [], steps, handOvers };
  }

  apply(command: RotationCommand): void {
    const facts = { nowMs: this.nowMs, settings: SETTINGS, actor: 'test' };
    const { state, entries, effects } = decideRotation(ID, this.state, command, facts);
    this.state = state;
    this.entries.push(...entries);
    for (const effect of effects) {
      const atMs =
        'dueAtMs' in effect ? effect.dueAtMs : this.nowMs + randomInteger(this.#random, 3_000);
      this.#due.push({ atMs, effect });
    }
  }

  /** To the next thing that happens; false when nothing does any more. */
  turn(): boolean {
    const use = this.#consumers.toSorted((one, other) => one.nextUseMs - other.nextUseMs)[0];
    const next = this.#due.toSorted((one, other) => one.atMs - other.atMs)[0];
    if (next === undefined) return false;
    if (use !== undefined && use.nextUseMs < next.atMs) {
      this.nowMs = Math.max(this.nowMs, use.nextUseMs);
      this.#use(use);
      return true;
    }
    this.nowMs = Math.max(this.nowMs, next.atMs);
    this.#due = this.#due.filter((one) => one !== next);
    this.#carryOut(next.effect);
    this.#people();
    return true;
  }

  #target(step: string): Target {
    const target = this.#targets.get(step);
    if (target === undefined) throw new Error(`there is no ${step}`);
    return target;
  }

  #use(consumer: Consumer): void {
    const { id, step, pickUpMs, deliveredAtMs } = consumer;
    consumer.nextUseMs = this.nowMs + consumer.everyMs;
    const target = this.#target(step);
    const hasNew =
      deliveredAtMs !== null && pickUpMs !== null && this.nowMs >= deliveredAtMs + pickUpMs;
    const which = hasNew ? 'new' : 'old';
    if (which === 'old' && !target.oldAlive) this.broken.push(id);
    else target.uses.set(`${id} ${which}`, { step, which, consumer: id, lastAtMs: this.nowMs });
  }

  #carryOut(effect: RotationEffect): void {
    const fails = this.#chance(this.#weather.failures);
    switch (effect.type) {
      case 'prepare': {
        const { hold } = this.#target(effect.step);
        this.apply({ type: 'prepared', step: effect.step, hold, custody: null });
        return;
      }
      case 'mint':
        this.#mint(effect.step, fails);
        return;
      case 'hand-over': {
        const { handOver } = effect;
        const processes = this.#consumers.filter((one) => one.id === handOver);
        if (!fails) for (const one of processes) one.deliveredAtMs ??= this.nowMs;
        const failed = { type: 'hand-over-failed', handOver, reason: 'conflict' } as const;
        this.apply(fails ? failed : { type: 'delivered', handOver });
        return;
      }
      case 'retire': {
        const { step } = effect;
        if (!fails) this.#target(step).oldAlive = false;
        this.apply(
          fails ? { type: 'retire-failed', step, reason: 'no' } : { type: 'retired', step },
        );
        return;
      }
      case 'retire-lost':
        if (fails) {
          this.apply({ type: 'retire-failed', step: effect.step, reason: 'no answer' });
          return;
        }
        this.#target(effect.step).lost = 0;
        this.apply({ type: 'lost-retired', step: effect.step });
        return;
      case 'note':
      case 'renew':
        return;
      case 'observe':
        this.#observe(effect.watch);
        return;
      case 'deadline':
        this.apply({ type: 'deadline', atMs: effect.dueAtMs });
        return;
      case 'page':
    }
  }

  #mint(step: string, fails: boolean): void {
    const target = this.#target(step);
    if (fails && this.#chance(50)) {
      this.apply({ type: 'mint-failed', step, reason: 'the target says no' });
      return;
    }
    if (fails) {
      target.lost += 1;
      this.apply({ type: 'mint-lost', step, lost: { identity: 'lost' } });
      return;
    }
    target.live += 1;
    this.#custodies += 1;
    // An id of custody is only carried along here.
    const custody = `cst_${this.#custodies}` as Id<'custody'>;
    this.apply({ type: 'minted', step, replacement: { identity: `new ${step}` }, custody });
  }

  #observe(watch: number): void {
    const steps = [...this.#targets];
    for (const [, target] of steps) {
      if (this.#chance(this.#weather.failures / 5)) target.downUntilMs = this.nowMs + 200_000;
    }
    const looked = steps.filter(([, target]) => target.downUntilMs <= this.nowMs);
    for (const [step, target] of looked) {
      if (!this.#chance(this.#weather.strangers) || !target.oldAlive) continue;
      const use: SeenUse = { step, which: 'old', consumer: 'somebody', lastAtMs: this.nowMs };
      target.uses.set('somebody old', use);
    }
    const holds = steps.map(([step, { hold }]) => ({ step, hold }));
    const uses = looked.flatMap(([, target]) => [...target.uses.values()]);
    this.apply({
      type: 'observed',
      watch,
      seen: { looked: looked.map(([id]) => id), uses, holds },
    });
  }

  /** Questions get an answer now and then; the incident may come to hold what it did not hold. */
  #people(): void {
    for (const target of this.#targets.values()) {
      if (target.hold === 'unheld' && this.#chance(2)) target.hold = 'held';
      if (target.hold === 'held' && this.#weather.unheld > 0 && this.#chance(1))
        target.hold = 'unheld';
    }
    const { question, status } = this.state ?? {};
    if (status === 'cancelled') this.apply({ type: 'resume', by: 'person:mia' });
    else if (status === 'running' && this.#weather.failures > 0 && this.#chance(1)) {
      this.apply({ type: 'cancel', by: 'person:mia', reason: 'a test' });
    } else if (question != null && this.#chance(20)) {
      const mayRetire =
        question.kind === 'missing-acknowledgement' || question.kind === 'hand-over-blocked';
      const some: readonly RotationChoice[] = mayRetire ? ['leave', 'retire'] : ['leave'];
      const choice = this.#pick<RotationChoice>(['wait', ...some]);
      this.apply({ type: 'answer', question: question.number, choice, by: 'person:mia' });
    }
  }

  /** Consumers that lost their access although nobody declared it. */
  undeclared(): readonly string[] {
    const declared = new Set(
      this.entries.flatMap((one) =>
        one.kind === 'rotation.break-declared' ? [one.data.step] : [],
      ),
    );
    return this.broken.filter((id) => !declared.has(id.split('.')[0] ?? ''));
  }

  targets(): readonly Target[] {
    return [...this.#targets.values()];
  }
}

const TURNS_MAX = 4_000;

function live(seed: number, weather: Weather): Outside {
  const outside = new Outside(seed, weather);
  for (let turn = 0; turn < TURNS_MAX && outside.state?.status !== 'done'; turn += 1) {
    if (!outside.turn()) break;
  }
  return outside;
}

describe('a rotation, whatever happens', () => {
  const seeds = Array.from({ length: 300 }, (_, index) => index + 1);

  it('in foul weather breaks nobody without saying so, mints nothing twice, keeps its order', () => {
    const ends = new Map<string, number>();
    const seen = new Set<string>();
    for (const seed of seeds) {
      const outside = live(seed, FOUL);
      const { state, entries } = outside;
      expect(violationsOf(entries), `seed ${seed}`).toEqual([]);
      expect(outside.undeclared(), `seed ${seed}`).toEqual([]);
      expect(foldRotationAll(entries, ID), `seed ${seed}`).toEqual(state);
      for (const target of outside.targets()) expect(target.live, `seed ${seed}`).toBeLessThan(2);
      // What is on its way may still be ended; what is over must not leave anything that nobody named.
      const given = entries.filter((one) => one.kind === 'rotation.lost-left').length;
      const lost = outside.targets().filter((one) => one.lost > 0).length;
      expect(state?.status === 'done' ? lost : 0, `seed ${seed}`).toBeLessThanOrEqual(given);
      const status = state?.status ?? '';
      ends.set(status, (ends.get(status) ?? 0) + 1);
      for (const entry of entries) seen.add(entry.kind);
    }
    expect(ends.get('done'), JSON.stringify([...ends])).toBeGreaterThan(seeds.length * 0.95);
    // Weather that never reaches a rule does not try it.
    for (const kind of [
      'mint-lost',
      'mint-failed',
      'retire-failed',
      'hand-over-blocked',
      'step-held-up',
    ]) {
      expect(seen).toContain(`rotation.${kind}`);
    }
    for (const kind of ['stopped', 'went-on', 'break-declared', 'cancelled', 'stranger-seen']) {
      expect(seen).toContain(`rotation.${kind}`);
    }
  });

  it('in fair weather renews everything and breaks nobody', () => {
    for (const seed of seeds) {
      const outside = live(seed, FAIR);
      const { state, entries, broken } = outside;
      expect(broken, `seed ${seed}`).toEqual([]);
      expect(state?.status, `seed ${seed}`).toBe('done');
      expect(violationsOf(entries), `seed ${seed}`).toEqual([]);
      expect(state?.breaks, `seed ${seed}`).toEqual([]);
      const statuses = new Set(state?.steps.map((step) => step.status));
      expect([...statuses].filter((one) => one !== 'left' && one !== 'retired')).toEqual([]);
    }
  });
});
