import { type CoverageRequest, createCoverage, type Proof } from '../authority/index.ts';
import { CoverageAnswer, CoverageQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** From the full hour, so that those who ask at about the same time share one proof. */
async function requestOf(
  { authority, connectors, clock }: ApiParts,
  query: CoverageQuery,
): Promise<CoverageRequest> {
  const nowMs = clock.nowMs();
  const fromMs = query.from === undefined ? nowMs - (nowMs % HOUR_MS) : Date.parse(query.from);
  const { without = [], days = 365, absent = '0' } = query;
  const targets = [...(connectors ?? [])].map(([target, connector]) => ({
    target,
    guarantees: connector
      .describe()
      .guarantees.map(({ guarantee, reversible }) => ({ guarantee, reversible })),
  }));
  const rehearsals = await rehearsalsOf(authority, [...(connectors?.keys() ?? [])]);
  return {
    charter: authority.charter(),
    roster: authority.roster(),
    fromMs,
    untilMs: fromMs + days * DAY_MS,
    without: typeof without === 'string' ? [without] : without,
    absent: absent === '2' ? 2 : absent === '1' ? 1 : 0,
    known: { targets, rehearsals },
  };
}

/**
 * When what a mandate does was last rehearsed, on any of the targets: which target still waits for it is what readiness
 * says, identity by identity.
 */
async function rehearsalsOf(
  authority: ApiParts['authority'],
  targets: readonly string[],
): Promise<ReadonlyMap<string, number | null>> {
  const records = await Promise.all(targets.map((target) => authority.record(target)));
  const times = records.flatMap(({ rehearsedAt }) =>
    rehearsedAt === null ? [] : [Date.parse(rehearsedAt)],
  );
  const lastMs = times.length === 0 ? null : Math.max(...times);
  return new Map(authority.charter().mandates.map(({ id }) => [id, lastMs]));
}

function presentProof(proof: Proof): CoverageAnswer {
  const presentGap = (gap: Proof['gaps'][number]): CoverageAnswer['gaps'][number] => ({
    ...gap,
    local: { ...gap.local },
    facts: {
      decision: [...gap.facts.decision],
      class: [...gap.facts.class],
      severity: [...gap.facts.severity],
      environment: [...gap.facts.environment],
      jurisdiction: [...gap.facts.jurisdiction],
    },
    refused: [...gap.refused],
    also: [...gap.also],
    intervals: gap.intervals.map((interval) => [...interval]),
    edits: gap.edits.map((edit) => ({ ...edit })),
  });
  return {
    ...proof,
    charter: { ...proof.charter },
    roster: { ...proof.roster },
    without: [...proof.without],
    gaps: proof.gaps.map(presentGap),
    notices: proof.notices.map(presentGap),
    checks: { ...proof.checks },
    notChecked: [...proof.notChecked],
  };
}

export async function coverageRoutes(api: Api, parts: ApiParts): Promise<void> {
  const coverage = createCoverage();
  api.get(
    '/v1/authority/coverage',
    route(
      'read',
      { word: 'authority', summary: 'When nobody could decide, and what would close it' },
      { querystring: CoverageQuery },
      CoverageAnswer,
    ),
    async (request): Promise<CoverageAnswer> =>
      presentProof(await coverage.prove(await requestOf(parts, request.query))),
  );
}
