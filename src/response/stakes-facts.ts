import type { AuthorityFacts, RestoreTimes, Severity } from '../authority/index.ts';
import type { Capabilities } from '../connectors/contract.ts';
import type { ResponseParts } from './parts.ts';
import { stakesOf } from './plan/stakes.ts';

interface KnownOfStakes {
  readonly identity: { readonly id: string };
  readonly capabilities: Capabilities;
  readonly severity: Severity | null;
}

/** What waiting and cutting cost, where the target says how long it takes to give back; else it is not weighed. */
export function stakesFacts(
  parts: ResponseParts,
  known: KnownOfStakes,
  restoreTimes: RestoreTimes,
): Pick<AuthorityFacts, 'stakes'> {
  const { dependencies, authority, clock } = parts;
  const { guarantees } = known.capabilities;
  const declared = guarantees.some(({ restoreMs }) => restoreMs !== undefined);
  if (!declared || !dependencies.isLoaded()) return {};
  const { id } = known.identity;
  const stakes = stakesOf({
    severity: known.severity ?? authority.charter().unknown.severity,
    reach: dependencies.reachSummary(id),
    collateral: dependencies.collateral(id, { capabilities: guarantees }),
    guarantees,
    restoreTimes,
    nowMs: clock.nowMs(),
  });
  return stakes === null ? {} : { stakes };
}
