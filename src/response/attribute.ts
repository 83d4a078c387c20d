import type { Found, IdentityRecord } from '../inventory/index.ts';
import type { Signal } from '../signals/index.ts';
import type { ResponseParts } from './parts.ts';

/** The first reference that the inventory knows; the secret's fingerprint before all others. */
export async function attribute(parts: ResponseParts, signal: Signal): Promise<Found | null> {
  if (signal.custody !== null) {
    const secret = await parts.signals.custody.open(signal.custody);
    const found = secret === null ? null : await parts.inventory.lookup({ secret });
    if (found !== null) return found;
  }
  let identityOnly: Found | null = null;
  for (const ref of signal.refs) {
    const found = await parts.inventory.lookup(ref);
    // A credential says more than an identity: it is the narrower hold.
    if (found?.credential != null) return found;
    identityOnly ??= found;
  }
  return identityOnly;
}

/** The target's own name of a thing: the reference whose system is the target. */
export function targetRef(
  refs: IdentityRecord['refs'],
  target: string,
  type: string,
): string | null {
  return refs.find((ref) => ref.system === target && ref.type === type)?.value ?? null;
}
