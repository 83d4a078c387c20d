import { type Id, type IdSource, present } from '../../kernel/index.ts';
import type { CutState } from '../containment/model.ts';
import type { ResponseSettings } from '../settings.ts';
import type { Effect } from './effects.ts';
import type { EntryData, EntryKind, IncidentEntry } from './entries.ts';
import { fold } from './fold.ts';
import type { IncidentState, SubjectState } from './model.ts';

/** What a decision may look at besides the state: all of it is an argument. */
export interface Facts {
  readonly nowMs: number;
  readonly ids: IdSource;
  readonly settings: ResponseSettings;
  /** Who or what makes this happen: goes on every entry of the decision. */
  readonly actor: string;
}

/** A decision in the making: each recorded entry is folded at once, so later rules see it. */
export interface Draft {
  readonly facts: Facts;
  readonly state: () => IncidentState;
  readonly record: <Kind extends EntryKind>(
    kind: Kind,
    data: EntryData[Kind],
    actor?: string,
  ) => void;
  readonly effect: (effect: Effect) => void;
  readonly entries: readonly IncidentEntry[];
  readonly effects: readonly Effect[];
}

export function createDraft(
  id: IncidentState['id'],
  before: IncidentState | null,
  facts: Facts,
): Draft {
  let current = before;
  const entries: IncidentEntry[] = [];
  const effects: Effect[] = [];
  return {
    facts,
    entries,
    effects,
    state: () => present(current, 'a decision is made about an incident that exists'),
    record: (kind, data, actor = facts.actor) => {
      // The pair of kind and data is what EntryData says; TypeScript cannot join them back into the union.
      const entry = { kind, atMs: facts.nowMs, actor, data } as IncidentEntry;
      entries.push(entry);
      current = fold(current, entry, id);
    },
    effect: (effect) => {
      effects.push(effect);
    },
  };
}

export function startWatch(draft: Draft, identity: Id<'identity'>): void {
  const everyMs = draft.facts.settings.watchMs;
  const { nowMs, settings } = draft.facts;
  draft.effect({ type: 'watch', identity, dueAtMs: nowMs + everyMs, everyMs });
  draft.effect({ type: 'review', identity, dueAtMs: nowMs + settings.reviewAfterMs });
}

export function cutOf(draft: Draft, id: string): CutState {
  return present(
    draft.state().cuts.find((cut) => cut.id === id),
    `cut ${id} belongs to this incident`,
  );
}

export function findSubject(state: IncidentState, identity: string): SubjectState {
  return present(
    state.subjects.find((subject) => subject.identity === identity),
    `identity ${identity} belongs to this incident`,
  );
}

export function subjectOf(draft: Draft, identity: Id<'identity'>): SubjectState {
  return findSubject(draft.state(), identity);
}
