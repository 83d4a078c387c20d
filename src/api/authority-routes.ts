import { DECISION_KINDS, type AuthorityFacts, type DecisionKind } from '../authority/index.ts';
import { refText } from '../inventory/index.ts';
import { FirebreakError, toTimestamp } from '../kernel/index.ts';
import { WhoAnswer, WhoQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

function decisionOf(text: string): DecisionKind {
  const known = DECISION_KINDS.find((kind) => kind === text);
  if (known !== undefined) return known;
  const problem = `decision: must be one of ${DECISION_KINDS.join(', ')}`;
  throw new FirebreakError('request-invalid', { problem });
}

/** Nothing is suspected: who would decide, and what could happen without asking, is another question. */
const NO_SIGNAL = {
  signalTypes: [],
  authenticity: 'unauthenticated',
  confidence: 'weak',
  sources: 0,
  rehearsedAt: null,
  automaticCuts: [],
  signalSource: 'nobody',
} as const;

async function identityFacts(
  { inventory, dependencies }: ApiParts,
  query: WhoQuery,
): Promise<Pick<AuthorityFacts, 'identity' | 'environment' | 'jurisdiction'>> {
  if (query.identity === undefined) {
    const nobody = { id: 'unknown', refs: [], tags: [], services: [], operator: null };
    return {
      identity: { ...nobody, kind: query.kind ?? 'unknown' },
      environment: null,
      jurisdiction: null,
    };
  }
  const { identity } = await inventory.find(query.identity);
  const { owners } = await inventory.owners(identity);
  const { id, tags, operator, environment, jurisdiction } = identity;
  const services = dependencies.servicesOf(id);
  return {
    identity: {
      id,
      tags,
      operator,
      kind: query.kind ?? identity.kind,
      refs: identity.refs.map(refText),
      services: (services ?? []).flatMap((service) => [service.id, service.name]),
      servicesUnknown: services === null,
      owners: owners.map(({ role, names }) => ({ role, names })),
    },
    environment,
    jurisdiction,
  };
}

export async function authorityRoutes(api: Api, parts: ApiParts): Promise<void> {
  api.get(
    '/v1/authority/who',
    route(
      'read',
      { word: 'authority', summary: 'Who decides this now, and under which rule' },
      { querystring: WhoQuery },
      WhoAnswer,
    ),
    async (request): Promise<WhoAnswer> => {
      const { query } = request;
      const decision = decisionOf(query.decision);
      const known = await identityFacts(parts, query);
      const facts: AuthorityFacts = {
        ...NO_SIGNAL,
        ...known,
        severity: query.severity ?? null,
        environment: query.environment ?? known.environment,
        jurisdiction: query.jurisdiction ?? known.jurisdiction,
      };
      const resolution = parts.authority.resolve(facts, decision);
      const { right, holders, decideWithinMs, automaticUpTo } = resolution;
      return {
        decision,
        right,
        decideWithinMs,
        automaticUpTo,
        holders: [...holders],
        at: toTimestamp(parts.clock.nowMs()),
        resolution: { ...resolution },
      };
    },
  );
}
