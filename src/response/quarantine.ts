import type { Signal } from '../signals/index.ts';
import type { Store } from '../store/index.ts';
import { readSuspects } from './people-store.ts';

/** What signals say so far; nothing at all when a person asks out of the blue. */
export type Statement = Pick<Signal, 'type' | 'source' | 'authenticity' | 'confidence'>;

/**
 * INVARIANT: a source in quarantine is heard and not believed: beside others it does not count, and alone it is as if
 * nobody vouched for it, so that nothing automatic follows and people are asked.
 */
export function believed(
  raising: readonly Statement[],
  quarantined: readonly string[],
): readonly Statement[] {
  if (quarantined.length === 0) return raising;
  const others = raising.filter(({ source }) => !quarantined.includes(source));
  if (others.length > 0) return others;
  return raising.map((one) => ({ ...one, authenticity: 'unauthenticated' }));
}

export async function isInQuarantine(store: Store, source: string): Promise<boolean> {
  return (await readSuspects(store)).sources.includes(source);
}
