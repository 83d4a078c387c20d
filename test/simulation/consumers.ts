import { isDeepStrictEqual } from 'node:util';
import type { Id } from '../../src/kernel/index.ts';
import {
  foldRotationAll,
  type RotationEntry,
  type RotationPlan,
  type RotationState,
  type RotationStepState,
  type SeenUse,
  violationsOf,
} from '../../src/response/rotation/testing.ts';
import type { Chance } from './chance.ts';
import type { Fail } from './giving-back.ts';
import { LEAKED, OTHER } from './people.ts';
import type { EventQueue } from './queue.ts';
import { IDENTITY_REF, type RotationDrawn } from './scenario.ts';
import type { Target } from './target.ts';

interface ConsumersParts {
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly target: Target;
  readonly drawn: RotationDrawn;
  readonly nowMs: () => number;
  readonly fail: Fail;
}

/** Which credentials are renewed, and who uses them: one after the other, the one that did not leak first. */
const RENEWED = [OTHER, LEAKED] as const;
const PER_CREDENTIAL = 2;

function nameOf(credential: string, number: number): string {
  return number === 0 ? `workload of ${credential}` : `workload ${number + 1} of ${credential}`;
}

export function planOf(identity: string, { secretFrom }: RotationDrawn): RotationPlan {
  const steps = RENEWED.map((name, index) => ({
    id: `s${index}`,
    group: index + 1,
    layer: 'keys' as const,
    target: 'ci',
    identity,
    identityName: IDENTITY_REF,
    name,
    subject: { identity: IDENTITY_REF, credential: name },
    credential: name,
    overlap: 'native' as const,
    secretFrom,
    left: null,
  }));
  const handOvers = steps.flatMap(({ id: step, name }) =>
    Array.from({ length: PER_CREDENTIAL }, (_none, number) => {
      const consumer = nameOf(name, number);
      const place = { store: 'v', key: consumer };
      return { id: `${step}.${number}`, step, consumer, name: consumer, seenAs: consumer, place };
    }),
  );
  const more = { subject: identity, name: IDENTITY_REF, mode: 'orderly' as const, revision: 1 };
  return { ...more, truncated: false, cycleBreaks: [], breaks: [], steps, handOvers };
}

/** Who lives on the credentials: each uses its own now and then, and reads a new one some time after it was written. */
export class Consumers {
  readonly #parts: ConsumersParts;
  readonly #entries: () => readonly RotationEntry[];
  readonly #uses = new Map<
    string,
    { readonly consumer: string; readonly key: string; lastAtMs: number }
  >();
  readonly #told = new Set<string>();

  constructor(parts: ConsumersParts, entries: () => readonly RotationEntry[]) {
    this.#parts = parts;
    this.#entries = entries;
  }

  schedule(): void {
    const { target, chance } = this.#parts;
    for (const credential of RENEWED) {
      for (let number = 0; number < PER_CREDENTIAL; number += 1) {
        const consumer = nameOf(credential, number);
        target.workloads.set(consumer, credential);
        this.#useLater(consumer, chance.between(5_000, 40_000));
      }
    }
  }

  /** Written and tried; false when the new one does not work yet. */
  deliver({ id, name }: { readonly id: string; readonly name: string }, fresh: string): boolean {
    const { target, queue, chance, drawn } = this.#parts;
    if (!target.judge(fresh, 'use').allowed) return false;
    const isSilent = drawn.silent > 0 && id === 's0.1';
    if (isSilent || this.#told.has(`${name} ${fresh}`)) return true;
    this.#told.add(`${name} ${fresh}`);
    queue.after(chance.between(0, 60_000), () => {
      if (!target.workloads.get(name)?.startsWith('rotated')) target.workloads.set(name, fresh);
    });
    return true;
  }

  usesOf({ id, subject, replacement }: RotationStepState): readonly SeenUse[] {
    return [...this.#uses.values()].flatMap(({ consumer, key, lastAtMs }) => {
      if (key === subject.credential)
        return { step: id, which: 'old' as const, consumer, lastAtMs };
      if (key !== replacement?.credential) return [];
      return { step: id, which: 'new' as const, consumer, lastAtMs };
    });
  }

  /** The planted bug: who was handed something is taken to use it. */
  claimed(steps: readonly RotationStepState[], nowMs: number): readonly SeenUse[] {
    return steps.flatMap(({ id, name }) =>
      Array.from({ length: PER_CREDENTIAL }, (_none, number) => ({
        step: id,
        which: 'new' as const,
        consumer: nameOf(name, number),
        lastAtMs: nowMs,
      })),
    );
  }

  #useLater(consumer: string, everyMs: number): void {
    const { queue } = this.#parts;
    queue.after(everyMs, () => {
      this.#use(consumer);
      this.#useLater(consumer, everyMs);
    });
  }

  #use(consumer: string): void {
    const { target, nowMs, fail } = this.#parts;
    const key = target.workloads.get(consumer) ?? '';
    const verdict = target.judge(key, 'use');
    if (verdict.allowed) {
      this.#uses.set(`${consumer} ${key}`, { consumer, key, lastAtMs: nowMs() });
      return;
    }
    const isEnded = verdict.by === 'G5' && target.retired.has(key);
    if (isEnded && !this.#isDeclared(key))
      fail('16', `${consumer} lost its access and nobody said so`);
  }

  #isDeclared(key: string): boolean {
    const step = RENEWED.findIndex((name) => name === key);
    return this.#entries().some(
      (one) => one.kind === 'rotation.break-declared' && one.data.step === `s${step}`,
    );
  }

  atEnd(state: RotationState | null, isMoving: boolean, id: Id<'rotation'>): void {
    const { fail, target } = this.#parts;
    if (state === null) return;
    const entries = this.#entries();
    for (const what of violationsOf(entries)) fail('16', what);
    if (!isDeepStrictEqual(foldRotationAll(structuredClone(entries), id), state))
      fail('core', 'the entries of the rotation fold to another state');
    if (state.status === 'running' && !isMoving)
      fail('1', 'a rotation is running and nothing moves it');
    if (state.status === 'stopped' && state.question === null)
      fail('1', 'a rotation stopped and asks nothing');
    if (state.status !== 'done') return;
    const named = new Set(state.steps.flatMap((step) => step.replacement?.credential ?? []));
    // A limit that is known: a mint that was never answered may have been made, and the next one has another label.
    const left = entries.some(
      (one) => one.kind === 'rotation.lost-left' || one.kind === 'rotation.mint-failed',
    );
    const unknown = [...target.credentials.keys()].filter(
      (name) => name.startsWith('fb-') && !named.has(name) && !target.retired.has(name),
    );
    if (unknown.length > 0 && !left)
      fail('16', `${unknown.join(', ')} lives and nobody knows of it`);
  }
}
