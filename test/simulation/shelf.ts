import type { Id } from '../../src/kernel/index.ts';
import type { Effect, EvidenceRef, IncidentEntry } from '../../src/response/incident/testing.ts';

/** Where evidence is kept, item by item, until the incident says that it may go. */
export class Shelf {
  readonly #items = new Map<string, EvidenceRef>();

  items(): readonly EvidenceRef[] {
    return [...this.#items.values()];
  }

  onCommitted(entries: readonly IncidentEntry[], effects: readonly Effect[]): void {
    for (const { kind, data } of entries) {
      if (kind !== 'cut.recorded' && kind !== 'evidence.captured') continue;
      for (const { name, sha256 } of data.captured) {
        // An id of the right form; nothing is stored here.
        const id = `evd_${this.#items.size}` as Id<'evidence'>;
        this.#items.set(id, { id, cut: data.cut, name, sha256 });
      }
    }
    for (const effect of effects) {
      if (effect.type === 'delete-evidence') for (const id of effect.items) this.#items.delete(id);
    }
  }
}
