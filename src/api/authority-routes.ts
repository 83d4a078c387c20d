import { askWho, DECISION_KINDS, type DecisionKind, type Told } from '../authority/index.ts';
import { refText } from '../inventory/index.ts';
import { FirebreakError, SIGNAL_TYPES, type SignalType, toTimestamp } from '../kernel/index.ts';
import { WhoAnswer, WhoQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

function decisionOf(text: string): DecisionKind {
  const known = DECISION_KINDS.find((kind) => kind === text);
  if (known !== undefined) return known;
  const problem = `decision: must be one of ${DECISION_KINDS.join(', ')}`;
  throw new FirebreakError('request-invalid', { problem });
}

async function identityFacts(
  { inventory, dependencies, authority }: ApiParts,
  query: WhoQuery,
): Promise<Told> {
  if (query.identity === undefined) {
    const kind = query.kind ?? 'unknown';
    return { identity: { kind }, environment: null, jurisdiction: null };
  }
  const { identity } = await inventory.find(query.identity);
  const [{ owners }, { rehearsedAt, automaticCuts }] = await Promise.all([
    inventory.owners(identity),
    authority.record(identity.target),
  ]);
  const { id, tags, operator, environment, jurisdiction } = identity;
  const services = dependencies.servicesOf(id);
  return {
    rehearsedAt,
    automaticCuts,
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

function signalOf(text: string): SignalType {
  const known = SIGNAL_TYPES.find((type) => type === text);
  if (known !== undefined) return known;
  const problem = `signal: must be one of ${SIGNAL_TYPES.join(', ')}`;
  throw new FirebreakError('request-invalid', { problem });
}

function listOf(names: string | undefined): readonly string[] {
  return (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** What the question says beside the identity; a signal without further word is the best there is. */
function whatElse({ severity, environment, jurisdiction, signal }: WhoQuery): Told {
  return {
    severity: severity ?? null,
    ...(environment === undefined ? {} : { environment }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    ...(signal === undefined
      ? {}
      : {
          signalTypes: [signalOf(signal)],
          sources: 1,
          authenticity: 'signed',
          confidence: 'strong',
        }),
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
      const atMs = query.at === undefined ? parts.clock.nowMs() : Date.parse(query.at);
      const told = { ...(await identityFacts(parts, query)), ...whatElse(query) };
      const question = {
        decision,
        atMs,
        told,
        suspects: listOf(query.suspect),
        without: listOf(query.without),
      };
      const { authority } = parts;
      const found = askWho(authority.charter(), authority.roster(), question);
      if (!found.ok) throw new FirebreakError('request-invalid', { problem: found.problem });
      const { right, holders, decideWithinMs, automaticUpTo } = found.resolution;
      return {
        decision,
        right,
        decideWithinMs,
        automaticUpTo,
        holders: [...holders],
        at: toTimestamp(atMs),
        resolution: { ...found.resolution },
      };
    },
  );
}
