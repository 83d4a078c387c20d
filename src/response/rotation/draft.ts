import { FirebreakError, type Id } from '../../kernel/index.ts';
import type { RotationEntry, RotationEntryData, RotationEntryKind } from './entries.ts';
import { foldRotation } from './fold.ts';
import type {
  HandOver,
  QuestionKind,
  RotationSettings,
  RotationState,
  RotationStepState,
} from './model.ts';

export type RotationEffect =
  | { readonly type: 'prepare' | 'mint' | 'retire' | 'retire-lost' | 'note'; readonly step: string }
  | { readonly type: 'renew'; readonly step: string; readonly dueAtMs: number }
  | { readonly type: 'hand-over'; readonly handOver: string }
  | { readonly type: 'observe'; readonly watch: number; readonly dueAtMs: number }
  | { readonly type: 'deadline'; readonly dueAtMs: number }
  | { readonly type: 'page'; readonly text: string };

export interface RotationFacts {
  readonly nowMs: number;
  readonly settings: RotationSettings;
  readonly actor: string;
}

export interface RotationDecided {
  readonly state: RotationState;
  readonly entries: readonly RotationEntry[];
  readonly effects: readonly RotationEffect[];
}

/** What one command makes of a rotation, while it is being decided. */
export class RotationDraft {
  readonly facts: RotationFacts;
  readonly #id: Id<'rotation'>;
  readonly #entries: RotationEntry[] = [];
  readonly #effects: RotationEffect[] = [];
  #state: RotationState | null;

  constructor(id: Id<'rotation'>, state: RotationState | null, facts: RotationFacts) {
    this.#id = id;
    this.#state = state;
    this.facts = facts;
  }

  get state(): RotationState {
    if (this.#state === null) throw new FirebreakError('rotation-unknown', { rotation: this.#id });
    return this.#state;
  }

  record<Kind extends RotationEntryKind>(kind: Kind, data: RotationEntryData[Kind]): void {
    const { nowMs: atMs, actor } = this.facts;
    // Kind and data belong together by the signature; the union cannot follow that.
    const entry = { kind, atMs, actor, data } as unknown as RotationEntry;
    this.#entries.push(entry);
    this.#state = foldRotation(this.#state, entry, this.#id);
  }

  effect(effect: RotationEffect): void {
    this.#effects.push(effect);
  }

  step(id: string): RotationStepState | undefined {
    return this.state.steps.find((one) => one.id === id);
  }

  handOver(id: string): HandOver | undefined {
    return this.state.handOvers.find((one) => one.id === id);
  }

  handOversOf(step: string): readonly HandOver[] {
    return this.state.handOvers.filter((one) => one.step === step);
  }

  /** One question at a time; whoever is asked is told. */
  stop(kind: QuestionKind, about: readonly string[], text: string): void {
    const number = this.state.questions + 1;
    const openedAtMs = this.facts.nowMs;
    this.record('rotation.stopped', { question: { number, kind, about, text, openedAtMs } });
    this.effect({ type: 'page', text });
  }

  decided(): RotationDecided {
    return { state: this.state, entries: this.#entries, effects: this.#effects };
  }
}

export function isSettled(one: HandOver): boolean {
  return one.status === 'excused' || one.progress === 'acknowledged';
}
