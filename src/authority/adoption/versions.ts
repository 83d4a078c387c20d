import { FirebreakError, type Log } from '../../kernel/index.ts';
import type { Store } from '../../store/index.ts';
import { loadCharter } from '../charter/charter.ts';
import { loadRoster } from '../roster/roster.ts';
import type { Version } from './model.ts';
import { readVersionsAfter, type StoredVersion } from './store.ts';

/** Every version that this store has adopted, in order; those that are not effective yet as well. */
export interface Versions {
  readonly refresh: () => Promise<void>;
  /** Null before the first was adopted. */
  readonly at: (nowMs: number) => Version | null;
  readonly newest: () => Version | null;
  /** When the next one becomes effective. */
  readonly nextAfter: (nowMs: number) => number | null;
  readonly byDigest: (digest: string) => Version | null;
}

function load(stored: StoredVersion): Version {
  const { position, effectiveMs, rosterSource } = stored;
  try {
    const charter = loadCharter(stored.charterSource);
    return { position, effectiveMs, charter, rosterSource, roster: loadRoster(rosterSource) };
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    const problem = `version ${position}, which was adopted, no longer loads: ${error.message}`;
    throw new FirebreakError('charter-invalid', { count: 1, problems: problem }, error);
  }
}

export function createVersions(store: Store, log: Pick<Log, 'info'> | null): Versions {
  const known: Version[] = [];
  return {
    refresh: async () => {
      const rows = await readVersionsAfter(store, known.at(-1)?.position ?? 0);
      for (const stored of rows) {
        const version = load(stored);
        if (known.some(({ position }) => position === version.position)) continue;
        known.push(version);
        const { id, revision, digest } = version.charter;
        log?.info({ charter: id, revision, digest, position: version.position }, 'charter adopted');
      }
    },
    // The first holds from the start: a new store has no other rules.
    at: (nowMs) => known.findLast(({ effectiveMs }) => effectiveMs <= nowMs) ?? known[0] ?? null,
    newest: () => known.at(-1) ?? null,
    nextAfter: (nowMs) => {
      const later = known.filter(({ effectiveMs }) => effectiveMs > nowMs);
      return later.length === 0 ? null : Math.min(...later.map(({ effectiveMs }) => effectiveMs));
    },
    byDigest: (digest) => known.findLast(({ charter }) => charter.digest === digest) ?? null,
  };
}
