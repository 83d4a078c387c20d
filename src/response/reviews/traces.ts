import type { DiscoveredCredential, Discovery } from '../../connectors/contract.ts';
import type { CredentialRecord } from '../../inventory/index.ts';
import type { Looked } from './model.ts';

/** Of whom a trace is sought, and since when. */
export interface Sought {
  /** The target's own names of what was compromised. */
  readonly names: readonly string[];
  readonly sinceMs: number;
  /** The target's name of the one credential that is meant; null = the identity as a whole. */
  readonly credential: string | null;
}

type Seen = Pick<Looked, 'trace' | 'seen'>;

/** What the target itself says. Only whoever has looked may say that nothing was seen. */
export function traceIn({ credentials, sessions }: Discovery, sought: Sought): Seen {
  const { names, sinceMs, credential } = sought;
  const since = (at: string | null): boolean => at !== null && Date.parse(at) >= sinceMs;
  const isMeant = (one: string | null): boolean => credential === null || one === credential;
  const mine = credentials.filter((one) => isMeant(one.credential));
  const minted = mine.find((one) => isMintedBy(one, names) && since(one.issuedAt));
  if (minted !== undefined) {
    const seen = `${minted.credential} was minted at ${minted.issuedAt} by ${minted.mintedBy ?? ''}`;
    return { trace: 'minted', seen };
  }
  const session = sessions.find((one) => isMeant(one.credential) && since(one.since));
  if (session !== undefined)
    return { trace: 'used', seen: `a session was opened at ${session.since}` };
  const used = mine.find((one) => since(one.lastUsedAt));
  if (used !== undefined)
    return { trace: 'used', seen: `${used.credential} was used at ${used.lastUsedAt ?? ''}` };
  // A target that notes no use at all has not said that there was none.
  const isSilent = mine.length > 0 && mine.every((one) => one.lastUsedAt === null);
  return isSilent
    ? { trace: 'not-available', seen: 'the target does not say when it was used' }
    : { trace: 'nothing-seen', seen: 'the target shows no use and no mint since then' };
}

function isMintedBy({ mintedBy }: DiscoveredCredential, names: readonly string[]): boolean {
  return mintedBy !== null && names.includes(mintedBy);
}

/** What the inventory has heard. Its silence proves nothing: nobody may have been watching. */
export function traceOfRecords(
  credentials: readonly CredentialRecord[],
  sinceMs: number,
  why: string,
): Seen {
  const used = credentials.find(
    ({ lastUsedAt }) => lastUsedAt !== null && Date.parse(lastUsedAt) >= sinceMs,
  );
  return used === undefined
    ? { trace: 'not-available', seen: why }
    : { trace: 'used', seen: `it was used at ${used.lastUsedAt ?? ''}` };
}

const TRACE_POINTS: Readonly<Record<Looked['trace'], number>> = {
  minted: 8,
  used: 4,
  'not-available': 2,
  'nothing-seen': 0,
};

/** The trace weighs most; a grant of the same vendor and a high risk come before others of the same trace. */
export function rankOf(
  trace: Looked['trace'],
  { isNear = false, risk = 0 }: { readonly isNear?: boolean; readonly risk?: number } = {},
): number {
  return TRACE_POINTS[trace] + (isNear ? 1 : 0) + Math.min(99, Math.max(0, risk)) / 100;
}
