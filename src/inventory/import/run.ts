import { FirebreakError } from '../../kernel/index.ts';
import type { ImportOptions, ImportReport } from '../contract.ts';
import { readRevision } from '../store.ts';
import { type Claim, claimSource, release } from './claim.ts';
import { finish } from './finish.ts';
import type { ImportParts, Staged } from './model.ts';
import { settlePending } from './pending.ts';

const SOURCE_PATTERN = /^[\w.@/-]{1,100}$/u;

function check({ source, shrinkShareMax }: ImportOptions): void {
  if (!SOURCE_PATTERN.test(source)) {
    const problem = 'a source is named by 1 to 100 letters, digits and . _ @ / -';
    throw new FirebreakError('request-invalid', { problem });
  }
  if (shrinkShareMax !== undefined && !(shrinkShareMax >= 0 && shrinkShareMax <= 1)) {
    throw new FirebreakError('request-invalid', { problem: 'the share is a number from 0 to 1' });
  }
}

/** Claims the source, lets `staging` read it, and makes what it wrote seen. */
export async function importAll(
  parts: ImportParts,
  options: ImportOptions,
  staging: (claim: Claim) => Promise<Staged>,
): Promise<ImportReport> {
  check(options);
  const { store } = parts;
  const { source, mode = 'increment' } = options;
  const claim = await claimSource(store, source);
  let staged: Staged;
  try {
    staged = await staging(claim);
    await finish(parts, claim, mode, staged);
  } catch (error) {
    // Nothing of it is seen; the source is free for the next import.
    await release(store, claim).catch(() => undefined);
    throw error;
  }
  const { tally } = staged;
  const settled = await settlePending(store);
  const { added, changed, unchanged, gone, kept, rejected, rejectedCount } = tally;
  rejected.sort((left, right) => left.line - right.line);
  const revision = await readRevision(store);
  const pending = Math.max(0, tally.pending - settled);
  const counts = { added, changed, unchanged, gone, kept, pending, rejected, rejectedCount };
  return { source, mode, ...counts, revision };
}
