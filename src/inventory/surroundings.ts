import { type Clock, LIMITS } from '../kernel/index.ts';
import { integer, nullableInteger, type Row, statement, type Store, text } from '../store/index.ts';
import { bulk, type BulkText } from './bulk.ts';
import { readRevision } from './store.ts';

/** What only the dependency map knows of an identity. */
export interface MapFacts {
  readonly criticalServices: number;
  readonly shared: boolean;
}

/** The same of all identities at one revision. */
export interface MapSurvey {
  readonly revision: number;
  readonly of: (identityId: string) => MapFacts;
  /** Identities of which it says something else; null when the two cannot be compared. */
  readonly changedSince: (before: MapSurvey) => readonly string[] | null;
}

export interface MapForInventory {
  /** Afterwards it answers of the inventory's latest revision. */
  readonly refresh: () => Promise<void>;
  readonly factsOf: (identityId: string) => MapFacts;
  readonly survey: () => Promise<MapSurvey>;
  readonly nodeCount: () => number;
}

export type FactsOf = ((identityId: string) => MapFacts) | null;

const SHARED = 4;

/** As much of it as the risk depends on. */
export function aroundOf({ criticalServices, shared }: MapFacts): number {
  return Math.min(criticalServices, LIMITS.criticalServicesCounted) + (shared ? SHARED : 0);
}

/** The same read back. */
export function mapFactsOf(around: number): MapFacts {
  return { criticalServices: around % SHARED, shared: around >= SHARED };
}

interface SurroundingsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly map: () => MapForInventory | null;
}

type Write = (nums: readonly number[], factsOf: FactsOf) => Promise<void>;

const NUMBERS: BulkText = {
  types: ['text'],
  sql: (rows) => `select i.num from ${rows} cross join inventory_index i where i.id = rows.c0`,
};

async function writeChanged(
  { store }: SurroundingsParts,
  ids: readonly string[],
  write: (nums: readonly number[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < ids.length; from += LIMITS.inventoryIndexRows) {
    const some = ids.slice(from, from + LIMITS.inventoryIndexRows).map((id) => [id] as const);
    const rows = await store.query(bulk(store.dialect, NUMBERS, some));
    await write(rows.map((row) => integer(row, 'num')));
  }
}

/** After a start, or when the map was read anew: what the lists hold is what there is to compare with. */
async function writeDifferent(
  { store }: SurroundingsParts,
  survey: MapSurvey,
  write: (nums: readonly number[]) => Promise<void>,
): Promise<void> {
  let after = -1;
  for (;;) {
    const rows: readonly Row[] = await store.query(
      statement(
        'select num, id, around from inventory_index where num > $1 order by num limit $2',
        after,
        LIMITS.inventoryIndexRows,
      ),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const isOther = (row: Row): boolean =>
      nullableInteger(row, 'around') !== aroundOf(survey.of(text(row, 'id')));
    const other = rows.filter(isOther).map((row) => integer(row, 'num'));
    if (other.length > 0) await write(other);
    after = integer(last, 'num');
  }
}

export interface Surroundings {
  /** Small maps are followed at once, others in the background unless all of it is waited for. */
  readonly follow: (isWhole: boolean) => Promise<void>;
}

/**
 * A change in one place of the map changes what identities far away reach, and so their risk. After each change all of
 * them are surveyed, and those of which the map says something else than the lists hold are written again.
 */
export function createSurroundings(parts: SurroundingsParts, write: Write): Surroundings {
  const { store, clock } = parts;
  let last: MapSurvey | null = null;
  let followed: number | null = null;
  let working: Promise<void> | null = null;
  let isResting = false;
  const survey = async (map: MapForInventory): Promise<void> => {
    const revision = await readRevision(store);
    if (revision === followed) return;
    await map.refresh();
    const now = await map.survey();
    const writeThese = (nums: readonly number[]): Promise<void> => write(nums, now.of);
    const changed = last === null ? null : now.changedSince(last);
    if (changed === null) await writeDifferent(parts, now, writeThese);
    else await writeChanged(parts, changed, writeThese);
    last = now;
    followed = revision;
  };
  const work = async (map: MapForInventory): Promise<void> => {
    while (working !== null) await working;
    working = survey(map).finally(() => {
      working = null;
    });
    await working;
  };
  const rest = (map: MapForInventory, forMs: number): void => {
    isResting = true;
    clock.timer(clock.nowMs() + forMs, () => {
      isResting = false;
      void background(map);
    });
  };
  const background = async (map: MapForInventory): Promise<void> => {
    if (isResting || working !== null) return;
    try {
      if ((await readRevision(store)) === followed) return;
      const begunMs = clock.nowMs();
      await work(map);
      rest(map, Math.max(0, clock.nowMs() - begunMs) * LIMITS.surveyRestFactor);
    } catch {
      // What was not written is still different at the next change, which tries again.
    }
  };
  return {
    follow: async (isWhole) => {
      const map = parts.map();
      if (map === null) return;
      if (isWhole || map.nodeCount() <= LIMITS.surveyAtOnceNodes) await work(map);
      else void background(map);
    },
  };
}
