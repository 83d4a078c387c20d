import type { AuditEntry, EffectSum } from './model.ts';

/** Entries kept per target; the sums of effects are kept for ever. About 25 MB at the limit. */
const ENTRIES_MAX = 100_000;
const PAGE_DEFAULT = 200;

export type AuditLine = Omit<AuditEntry, 'sequence' | 'target'>;

export interface AuditQuery {
  readonly identity?: string;
  readonly credential?: string;
  readonly verb?: string;
  readonly plane?: 'control' | 'data';
  readonly actor?: string;
  /** Only entries after this one. */
  readonly after?: number;
  readonly limit?: number;
}

export interface Audit {
  readonly write: (line: AuditLine) => AuditEntry;
  /** The newest `limit` entries that match, oldest first. */
  readonly read: (query: AuditQuery) => readonly AuditEntry[];
  readonly effects: () => readonly EffectSum[];
}

function matches(entry: AuditEntry, query: AuditQuery): boolean {
  return (
    (query.identity === undefined || entry.identity === query.identity) &&
    (query.credential === undefined || entry.credential === query.credential) &&
    (query.verb === undefined || entry.verb === query.verb) &&
    (query.plane === undefined || entry.plane === query.plane) &&
    (query.actor === undefined || entry.actor === query.actor) &&
    (query.after === undefined || entry.sequence > query.after)
  );
}

export function createAudit(target: string): Audit {
  const entries: AuditEntry[] = [];
  const sums = new Map<string, EffectSum>();
  let written = 0;
  const sum = (entry: AuditEntry): void => {
    if (entry.plane !== 'control' || entry.effects === 0 || entry.identity === null) return;
    const { identity, credential, verb, key } = entry;
    const name = JSON.stringify([identity, credential, verb, key]);
    const effects = (sums.get(name)?.effects ?? 0) + entry.effects;
    sums.set(name, { identity, credential, verb, key, effects });
  };
  return {
    write: (line) => {
      written += 1;
      const entry: AuditEntry = { ...line, sequence: written, target };
      entries.push(entry);
      // Dropping a tenth at a time keeps the cost per entry constant.
      if (entries.length > ENTRIES_MAX) entries.splice(0, ENTRIES_MAX / 10);
      sum(entry);
      return entry;
    },
    read: (query) => {
      const limit = query.limit ?? PAGE_DEFAULT;
      const found: AuditEntry[] = [];
      for (let index = entries.length - 1; index >= 0 && found.length < limit; index -= 1) {
        const entry = entries[index];
        if (entry !== undefined && matches(entry, query)) found.push(entry);
      }
      return found.reverse();
    },
    effects: () => [...sums.values()],
  };
}
