import { GUARANTEES } from '../../src/kernel/index.ts';
import type {
  CutState,
  IncidentDecided,
  IncidentEntry,
  IncidentState,
} from '../../src/response/incident/testing.ts';
import type { Seen } from './calls.ts';
import { isExposedCut } from './judging.ts';
import { type Effect, flagOf } from './target.ts';

export type Fail = (promise: string, what: string) => void;

type EntryOf<Kind extends IncidentEntry['kind']> = Extract<IncidentEntry, { readonly kind: Kind }>;

export interface GivingBackParts {
  readonly fail: Fail;
  /** What the target saw of tries, by cut. */
  readonly seen: (cut: CutState['id']) => readonly Seen[];
  /** Whoever it is in truth that answers under a name. */
  readonly humanBehind: (name: string) => string;
}

/** What holds when something is given back: by people, one step after the other, each tried, and never what leaked. */
export class GivingBack {
  readonly #fail: Fail;
  readonly #humanBehind: (name: string) => string;
  readonly #seen: (cut: CutState['id']) => readonly Seen[];
  /** Decision -> the people behind its answers, whatever names they gave. */
  readonly #voices = new Map<string, Set<string>>();
  /** How often each cut had been tried when it was to be given back. */
  readonly #reverting = new Map<CutState['id'], number>();

  constructor(parts: GivingBackParts) {
    this.#fail = parts.fail;
    this.#seen = parts.seen;
    this.#humanBehind = parts.humanBehind;
  }

  /** True for what was let work again by the word of two. */
  isRearmed(cut: CutState): boolean {
    return cut.restore?.isRearm === true && (this.#voices.get(cut.restore.decision)?.size ?? 0) > 1;
  }

  onEffect(effect: Effect, state: IncidentState | null): void {
    const ordered = state?.cuts.filter(
      (cut) => flagOf(cut.order) === effect.flag && this.#reverting.has(cut.id),
    );
    if (state === null || ordered?.[0] === undefined) {
      this.#fail('3', 'something was given back and nobody decided so');
      return;
    }
    // A name of somebody else's is no second person.
    const rearm = ordered.find((cut) => cut.restore?.isRearm === true);
    if (effect.rearmed && rearm !== undefined && isExposedCut(state, rearm)) {
      if (!this.isRearmed(rearm))
        this.#fail('3', 'a leaked credential works again by the word of one');
    }
  }

  onCommitted({ state }: IncidentDecided, entries: readonly IncidentEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'decision.supported') {
        const { decision, vote } = entry.data;
        const voices = this.#voices.get(decision) ?? new Set();
        this.#voices.set(decision, voices.add(this.#humanBehind(vote.person)));
      }
      if (entry.kind === 'cut.reverting') this.#onReverting(entry, state);
      if (entry.kind === 'cut.restored') this.#onRestored(entry);
    }
  }

  #onReverting({ data }: EntryOf<'cut.reverting'>, state: IncidentState): void {
    this.#reverting.set(data.cut, this.#seen(data.cut).length);
    const decision = state.decisions.find((one) => one.id === data.decision);
    const isRearm = data.isRearm === true;
    if (decision?.kind !== (isRearm ? 'rearm' : 'restore') || decision.decidedBy === null)
      this.#fail('3', 'something is given back without a decision about that');
    else if (decision.state !== 'approved' || decision.decidedBy === 'firebreak')
      this.#fail('3', `something is given back and the decision is ${decision.state}`);
    if (isRearm) return;
    const moving = state.cuts.filter((cut) => cut.status === 'reverting' && !cut.restore?.isRearm);
    if (moving.length > 1) this.#fail('3', 'two steps of a restore at the same time');
    const cut = state.cuts.find((one) => one.id === data.cut);
    const { action } = decision ?? {};
    if (cut === undefined || action?.verb !== 'restore' || action.cause !== 'false-alarm') return;
    const stronger = state.cuts.some(
      (one) =>
        one.status === 'proven' &&
        one.capability.reversible &&
        one.order.subject.credential === cut.order.subject.credential &&
        GUARANTEES.indexOf(one.order.guarantee) > GUARANTEES.indexOf(cut.order.guarantee),
    );
    if (stronger) this.#fail('3', 'a weaker stage is given back before a stronger one');
  }

  /** By the target's own book: it was tried after it was given back, and was what is said of it. */
  #onRestored({ data }: EntryOf<'cut.restored'>): void {
    const tries = this.#seen(data.cut).slice(this.#reverting.get(data.cut) ?? 0);
    const isSeen = tries.some(
      ({ control, denied }) => control && denied === (data.access !== 'given-back'),
    );
    if (!isSeen) this.#fail('3', `called restored (${data.access}), and no try showed that`);
  }

  atEnd(
    state: IncidentState,
    entries: readonly IncidentEntry[],
    nowMs: number,
    isTimed: (cut: string) => boolean,
  ): void {
    for (const cut of state.cuts) {
      const isOver = cut.endsAtMs !== null && cut.endsAtMs < nowMs;
      if (!isOver || state.status !== 'open') continue;
      if (cut.status === 'restored' || cut.status === 'dropped') continue;
      const isSaid = entries.some((one) => one.kind === 'cut.time-over' && one.data.cut === cut.id);
      if (!isSaid && !isTimed(cut.id))
        this.#fail('3', 'the time of a temporary cut is over and nobody is asked');
    }
  }
}
