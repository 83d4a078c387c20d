import { dependenciesOf, outOfReach } from '../authority/index.ts';
import { ConnectorFailure } from '../connectors/contract.ts';
import type { IdentityRecord } from '../inventory/index.ts';
import type { ResponseParts } from './parts.ts';

// What a plan must not cut, because Firebreak and the people who decide could not go on without it.

/** How the inventory marks what administers its target. */
const ADMINISTRATOR = 'administrator';
/** `carries:chat` marks an identity that a channel, or what a channel depends on, cannot do without. */
const CARRIES = 'carries:';

export interface Survival {
  /** Null = it administers, and the target could not be asked whether it is the last. */
  readonly lastAdministrator: boolean | null;
  readonly reasons: readonly string[];
}

export async function readSurvival(
  parts: ResponseParts,
  identity: IdentityRecord,
  identityRef: string,
): Promise<Survival> {
  const isAdministrator = identity.tags.includes(ADMINISTRATOR);
  // Few identities administer: only for these the target is asked, so that no other signal waits for it.
  const lastAdministrator = isAdministrator
    ? await isLastAdministrator(parts, identity.target, identityRef)
    : false;
  const path = `cutting it is carried out by hand, on the charter's path: ${pathOf(parts)}`;
  const reasons = [
    ...(lastAdministrator === true
      ? [`${identityRef} is the last administrator of ${identity.target}; ${path}`]
      : []),
    ...silenced(parts, identity).map((who) => `without ${identityRef} ${who}; ${path}`),
  ];
  return { lastAdministrator, reasons };
}

function pathOf(parts: ResponseParts): string {
  const glass = parts.authority.charter().breakGlass;
  return glass === null ? 'break-glass' : `${glass.quorum} of ${glass.from.join(', ')} break glass`;
}

async function isLastAdministrator(
  parts: ResponseParts,
  target: string,
  identityRef: string,
): Promise<boolean | null> {
  const connector = parts.connectors.get(target);
  if (connector === undefined) return null;
  const { actsAs, callTimeoutMs: timeoutMs } = connector.describe();
  try {
    const found = await connector.discover({}, { idempotencyKey: 'administrators', timeoutMs });
    return !found.identities.some(
      ({ identity, administrator, suspended }) =>
        administrator && !suspended && identity !== identityRef && identity !== actsAs,
    );
  } catch (error) {
    if (error instanceof ConnectorFailure) return null;
    throw error;
  }
}

/** Who could not be reached or answer any more. Whoever has another way is no reason. */
function silenced({ authority }: ResponseParts, { tags }: IdentityRecord): readonly string[] {
  const charter = authority.charter();
  const known = new Set(dependenciesOf(charter));
  const carried = tags
    .filter((tag) => tag.startsWith(CARRIES))
    .map((tag) => tag.slice(CARRIES.length))
    .filter((name) => known.has(name));
  if (carried.length === 0) return [];
  const lost = outOfReach(charter, authority.roster(), carried);
  return lost.length === 0 ? [] : [`nothing reaches ${lost.join(', ')} any more`];
}
