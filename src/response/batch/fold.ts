import { assertNever } from '../../kernel/index.ts';
import type { IncidentEntry } from '../incident/entries.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Batch, BatchEntryData } from './model.ts';

export type BatchEntry = Extract<IncidentEntry, { readonly kind: keyof BatchEntryData }>;

export function isOfBatch(entry: IncidentEntry): entry is BatchEntry {
  return entry.kind.startsWith('batch.');
}

export function foldBatches(state: IncidentState, entry: BatchEntry): IncidentState {
  switch (entry.kind) {
    case 'batch.opened': {
      const batch = { ...entry.data.batch, taken: 0, left: [], questions: null };
      return { ...state, batches: [...state.batches, batch] };
    }
    case 'batch.taken': {
      const { batch, upTo, left } = entry.data;
      return withBatch(state, batch, (one) => ({
        ...one,
        taken: upTo,
        left: [...one.left, ...left],
      }));
    }
    case 'batch.asked': {
      const { batch, questions } = entry.data;
      return withBatch(state, batch, (one) => ({ ...one, questions }));
    }
    default:
      return assertNever(entry);
  }
}

function withBatch(
  state: IncidentState,
  id: string,
  change: (batch: Batch) => Batch,
): IncidentState {
  return { ...state, batches: state.batches.map((one) => (one.id === id ? change(one) : one)) };
}
