import { LIMITS, systemRandom } from '../../kernel/index.ts';
import { integer, text } from '../../store/index.ts';
import { bulk, type RowReader } from '../bulk.ts';
import { parseRefText, refText, wordOfId } from '../refs.ts';
import { readRefs } from '../store.ts';
import type { Claim } from './claim.ts';
import { NameTable } from './name-table.ts';

export interface NodeName {
  readonly num: number;
  readonly id: string;
}

/** What ids and references stand for, as far as this import has met them; the store knows the rest. */
export interface Names {
  readonly get: (key: string) => NodeName | undefined;
  readonly set: (key: string, name: NodeName) => void;
  readonly delete: (key: string) => void;
  /** It remembers as much as it may. What is forgotten must be in the store. */
  readonly isFull: () => boolean;
  readonly forget: () => void;
  /** Afterwards `get` knows everything about these keys that there is to know. */
  readonly load: (keys: Iterable<string>) => Promise<void>;
}

async function readIds(
  store: RowReader,
  { source, number }: Pick<Claim, 'source' | 'number'>,
  ids: readonly string[],
): Promise<readonly NodeName[]> {
  if (ids.length === 0) return [];
  const read = bulk(
    store.dialect,
    {
      types: ['text'],
      // A node without any statement is a number that was kept free; nothing may hang on it.
      sql: (rows) => `select n.num, n.id from ${rows} cross join inventory_node n
  where n.id = rows.c0 and exists (select 1 from inventory_source o cross join inventory_statement s
    where s.source = o.num and s.num = n.num and s.since <= case when o.num = $2 then $3 else o.current end)`,
    },
    ids.map((id) => [id]),
    source,
    number,
  );
  return (await store.query(read)).map((row) => ({
    num: integer(row, 'num'),
    id: text(row, 'id'),
  }));
}

export function createNames(store: RowReader, claim: Pick<Claim, 'source' | 'number'>): Names {
  const empty = (): NameTable<NodeName> => new NameTable(Math.floor(systemRandom() * 2 ** 32));
  let known = empty();
  return {
    get: (key) => known.get(key),
    set: (key, name) => {
      known.set(key, name);
    },
    delete: (key) => {
      known.delete(key);
    },
    isFull: () => known.size > LIMITS.importNamesMax,
    forget: () => {
      known = empty();
    },
    load: async (keys) => {
      const ids: string[] = [];
      const refs = [];
      for (const key of keys) {
        if (known.get(key) !== undefined) continue;
        if (wordOfId(key) !== null) {
          ids.push(key);
          continue;
        }
        const ref = parseRefText(key);
        if (ref !== null) refs.push(ref);
      }
      const [byId, byRef] = await Promise.all([
        readIds(store, claim, ids),
        readRefs(store, refs, claim),
      ]);
      for (const name of byId) known.set(name.id, name);
      for (const { ref, num, id } of byRef) {
        const key = refText(ref);
        if (known.get(key) === undefined) known.set(key, { num, id });
      }
    },
  };
}
