import type { ReadinessCheck } from '../api/index.ts';
import type { Authority } from '../authority/index.ts';
import type { DependencyMap } from '../dependencies/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Runner } from '../runner/index.ts';
import type { Store } from '../store/index.ts';
import { MIGRATIONS } from './migrations.ts';

/** Far above the promised second: one slow commit is not a fault. */
const SEAL_LAG_MS_MAX = 10_000;

async function sealProblem(ledger: Ledger, clock: Clock): Promise<string | null> {
  const { problem } = ledger.status();
  if (problem !== null) return problem;
  const { count, oldestAtMs } = await ledger.unsealed();
  const isLate = oldestAtMs !== null && clock.nowMs() - oldestAtMs > SEAL_LAG_MS_MAX;
  return isLate ? `${count} entries wait to be sealed` : null;
}

export function readinessChecks(parts: {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly runner: Runner;
  readonly dependencies: DependencyMap;
  readonly authority: Pick<Authority, 'adopted'>;
  readonly clock: Clock;
}): readonly ReadinessCheck[] {
  const { store, ledger, runner, dependencies, authority, clock } = parts;
  return [
    {
      // Reads what was applied, so it also shows that the store answers.
      name: 'store',
      check: async () => {
        await store.migrate(MIGRATIONS, { apply: false });
        return null;
      },
    },
    {
      name: 'runner',
      check: () =>
        Promise.resolve(runner.statistics().holdsLease ? null : 'this node holds no lease'),
    },
    { name: 'ledger', check: () => sealProblem(ledger, clock) },
    {
      // Without it cuts go on, and treat what they break as unknown.
      name: 'map',
      isOptional: true,
      check: () =>
        Promise.resolve(dependencies.isLoaded() ? null : 'the dependency map is still being read'),
    },
    {
      // What was adopted holds, and whoever changed a file may believe otherwise.
      name: 'charter',
      isOptional: true,
      check: () => Promise.resolve(authority.adopted().fileDiffers),
    },
  ];
}
