import { FirebreakError, type Id } from '../kernel/index.ts';
import type { IncidentState, Replacement } from './incident/model.ts';
import type { RestoreRequest } from './model.ts';
import type { ResponseParts } from './parts.ts';
import { readReplacement, type Rotations } from './rotation/index.ts';

async function replacementIn(
  parts: ResponseParts,
  rotations: Rotations,
  state: IncidentState | null,
  identity: Id<'identity'>,
): Promise<Replacement | null> {
  const subject = state?.subjects.find((one) => one.identity === identity);
  if (state === null || subject === undefined) return null;
  return await readReplacement(parts, rotations, state.id, subject);
}

/** Whoever revokes without a live replacement does so knowingly: the question and the record say it. */
export async function revokeReason(
  parts: ResponseParts,
  rotations: Rotations,
  state: IncidentState | null,
  { identity, reason }: { readonly identity: Id<'identity'>; readonly reason: string },
): Promise<string> {
  const replacement = await replacementIn(parts, rotations, state, identity);
  if (replacement?.state !== 'missing') return reason;
  return `${reason} (the replacement is not live: ${replacement.why})`;
}

/**
 * Giving back with the leaked credential dead brings nobody back who has nothing else: is the replacement live? What is
 * known goes on the record with the question.
 */
export async function restoreReason(
  parts: ResponseParts,
  rotations: Rotations,
  state: IncidentState,
  identity: Id<'identity'>,
  { cause, reason, withoutReplacement = false }: RestoreRequest,
): Promise<string> {
  const replacement =
    cause === 'resolved' ? await replacementIn(parts, rotations, state, identity) : null;
  if (replacement === null || replacement.state === 'none') return reason;
  if (replacement.state === 'live') return `${reason} (the replacement is live)`;
  if (!withoutReplacement) {
    throw new FirebreakError('restore-refused', {
      problem: `the replacement is not live: ${replacement.why}`,
      path: 'See `firebreak rotate list`; or ask again with --without-replacement, which is recorded.',
    });
  }
  return `${reason} (without a live replacement: ${replacement.why})`;
}
