import { digestOf, type Id, toTimestamp } from '../../kernel/index.ts';
import type { AuthorityResolution } from '../../authority/index.ts';
import { readKnownOf, resolveFor } from '../facts.ts';
import type { ResponseParts } from '../parts.ts';
import type { RotationState } from './model.ts';

/** Renewing ends the old ones for good: whoever may revoke them may renew them, and may go on without a consumer. */
export async function authorityOver(
  parts: ResponseParts,
  identity: string,
): Promise<AuthorityResolution> {
  // Written by this word from the inventory's own id.
  const known = await readKnownOf(parts, identity as Id<'identity'>);
  return await resolveFor(parts, known, [], 'revoke', null);
}

/** True when somebody was reached. */
export async function pageAbout(
  parts: ResponseParts,
  state: RotationState,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { question, id, incident, wave } = state;
  if (question === null) return false;
  const { holders } = await authorityOver(parts, state.subject);
  const { text } = question;
  const deadline = wave === null ? null : toTimestamp(wave.deadlineMs);
  const digest = digestOf({ rotation: id, question: question.number, text });
  const delivered = await Promise.all(
    holders.map(
      async ({ person, seat }) =>
        await parts.notifier.notify(
          {
            key: `${key}:${person}`,
            person,
            channels: [],
            about: 'opened',
            seat,
            decision: {
              id,
              incident: incident ?? id,
              kind: 'revoke',
              question: text,
              digest,
              deadline,
            },
            text,
          },
          signal,
        ),
    ),
  );
  return delivered.some((one) => one.reached);
}
