import { SEVERITIES, type Severity } from '../../authority/index.ts';
import {
  FirebreakError,
  isFirebreakError,
  LIMITS,
  realClock,
  sleep,
  STAGE_GUARANTEES,
} from '../../kernel/index.ts';
import type { Found } from '../../inventory/index.ts';
import { stateOf } from '../find.ts';
import type { Incidents } from '../incidents.ts';
import type { Actor, BatchAnswer, BatchRequest, Response } from '../model.ts';
import type { ResponseParts } from '../parts.ts';
import { severityOf } from '../plan/severity.ts';

export function createBatchDoor(
  parts: ResponseParts,
  incidents: Incidents,
): Pick<Response, 'askBatch'> {
  return {
    askBatch: async (request, actor) => await askBatch(parts, incidents, request, actor),
  };
}

/** What a batch is ranked by. */
interface Ranked {
  readonly found: Found;
  readonly severity: Severity;
  readonly criticalServices: number;
}

/**
 * The list is durable with the answer; who is on it is taken up right after, a few at a time, so that an incident about
 * one identity that opens meanwhile does not wait.
 */
async function askBatch(
  parts: ResponseParts,
  incidents: Incidents,
  { refs, stage, reason, incident, title }: BatchRequest,
  actor: Actor,
): Promise<BatchAnswer> {
  const wanted = [...new Set(refs)];
  if (wanted.length > LIMITS.batchIdentitiesMax) {
    const problem = `refs: at most ${LIMITS.batchIdentitiesMax} at once; ask again for the rest`;
    throw new FirebreakError('request-invalid', { problem });
  }
  const { found, unknown } = await findAll(parts, wanted);
  const ranked = await rank(parts, found);
  const [worst] = ranked;
  if (worst === undefined) {
    const problem = 'refs: the inventory knows none of them';
    throw new FirebreakError('request-invalid', { problem });
  }
  const state = incident === undefined ? null : await stateOf(incidents, incident);
  const asked = {
    title: title ?? `containment of ${ranked.length} identities, asked for by ${actor.name}`,
    severity: worst.severity,
    guarantee: STAGE_GUARANTEES[stage],
    reason,
    members: ranked.map(({ found: { identity, credential } }) => ({
      identity: identity.id,
      credential: credential?.id ?? null,
    })),
  };
  const id = state?.id ?? incidents.newId();
  const decided = await incidents.apply(id, { type: 'ask-batch', asked }, actor.name);
  const batch = decided.entries.flatMap((one) =>
    one.kind === 'batch.opened' ? [one.data.batch.id] : [],
  )[0];
  if (batch === undefined)
    throw new FirebreakError('internal-invariant', {
      invariant: 'a batch that is asked is opened',
    });
  return { incident: id, batch, identities: ranked.length, unknown };
}

/** One misspelt name must not keep the others from being contained: it is told, and the rest goes on. */
async function findAll(
  { inventory }: ResponseParts,
  refs: readonly string[],
): Promise<{ readonly found: readonly Found[]; readonly unknown: readonly string[] }> {
  const found = new Map<string, Found>();
  const unknown: string[] = [];
  for (const ref of refs) {
    try {
      const one = await inventory.find(ref);
      found.set(`${one.identity.id} ${one.credential?.id ?? ''}`, one);
    } catch (error) {
      const isUnclear =
        isFirebreakError(error, 'identity-unknown') ||
        isFirebreakError(error, 'reference-ambiguous');
      if (!isUnclear) throw error;
      unknown.push(ref);
    }
  }
  return { found: [...found.values()], unknown };
}

/** Of a large map it is worked out in the background: nobody waits for it while an attacker works. */
async function surveyInTime(
  dependencies: ResponseParts['dependencies'],
): Promise<Awaited<ReturnType<typeof dependencies.survey>> | null> {
  if (!dependencies.isLoaded()) return null;
  const over = new AbortController();
  const late = sleep(realClock, LIMITS.batchRankMsMax, over.signal).then(() => null);
  try {
    return await Promise.race([dependencies.survey(), late]);
  } finally {
    over.abort();
  }
}

/** The most severe first, then by the critical services within reach, then by name so that a repeat gives the same. */
async function rank(
  { dependencies, authority }: ResponseParts,
  all: readonly Found[],
): Promise<readonly Ranked[]> {
  const survey = await surveyInTime(dependencies);
  const ranked = all.map<Ranked>((found) => {
    const { id, environment } = found.identity;
    return {
      found,
      severity:
        severityOf(environment, dependencies.servicesOf(id)) ??
        authority.charter().unknown.severity,
      criticalServices: survey?.of(id).criticalServices ?? 0,
    };
  });
  return ranked.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      b.criticalServices - a.criticalServices ||
      a.found.identity.name.localeCompare(b.found.identity.name) ||
      a.found.identity.id.localeCompare(b.found.identity.id),
  );
}
