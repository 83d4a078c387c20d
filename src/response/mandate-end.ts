import type { Id } from '../kernel/index.ts';
import { resolveAgain } from './facts.ts';
import type { Incidents } from './incidents.ts';
import type { ResponseParts } from './parts.ts';

/**
 * Before the machine goes on by itself. INVARIANT: a mandate whose time has run out begins nothing new: authority is
 * resolved once more, and within the grace it still covers what it had begun. What is cut stays cut.
 */
export async function heedMandateEnd(
  parts: ResponseParts,
  incidents: Incidents,
  incident: Id<'incident'>,
  identity: Id<'identity'>,
): Promise<void> {
  const state = await incidents.state(incident);
  const subject = state?.subjects.find((one) => one.identity === identity);
  if (state === null || subject === undefined) return;
  const { mandate, automaticUpTo } = subject.resolution;
  if (mandate === null || automaticUpTo === null) return;
  const known = parts.authority.charter().mandates.find((one) => one.id === mandate.id);
  if (known !== undefined && parts.clock.nowMs() < known.untilMs) return;
  const resolution = await resolveAgain(parts, state, identity);
  if (resolution.mandate?.id === mandate.id) return;
  const actor = `node:${parts.runner.nodeId}`;
  await incidents.apply(incident, { type: 'authority', identity, resolution }, actor);
}
