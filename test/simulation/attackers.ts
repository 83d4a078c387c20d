import type { Chance } from './chance.ts';
import { LEAKED } from './people.ts';
import type { EventQueue } from './queue.ts';
import { HORIZON_MS, type Scenario } from './scenario.ts';
import type { Target } from './target.ts';

/** Holds what leaked: uses it, mints more at +1 s, goes quiet and comes back. */
export class Attacker {
  readonly holds = new Set<string>();
  readonly #queue: EventQueue;
  readonly #chance: Chance;
  readonly #target: Target;
  readonly #log: (text: string) => void;
  mints = 0;

  constructor(queue: EventQueue, chance: Chance, target: Target, log: (text: string) => void) {
    this.#queue = queue;
    this.#chance = chance;
    this.#target = target;
    this.#log = log;
  }

  schedule(scenario: Scenario): void {
    if (scenario.kind === 'false-alarm') return;
    this.#queue.after(900, () => {
      this.holds.add(LEAKED);
    });
    if (this.#chance.is(0.6)) this.#mintAfter(2_000);
    if (this.#chance.is(0.3)) this.#mintAfter(this.#chance.between(5_000, 60_000));
    // Quiet, then back: long after everybody has gone to bed again.
    if (this.#chance.is(0.3)) this.#mintAfter(this.#chance.between(300_000, HORIZON_MS / 2));
  }

  /** What of it works now. */
  working(): readonly string[] {
    return [...this.holds].filter((name) => this.#target.judge(name, 'use').allowed);
  }

  #mintAfter(ms: number): void {
    this.#queue.after(ms, () => {
      for (const name of Array.from(this.holds)) {
        const minted = this.#target.mint(name);
        if (minted === null) continue;
        this.#log(`the attacker mints ${minted} with ${name}`);
        this.holds.add(minted);
        this.mints += 1;
        return;
      }
    });
  }
}
