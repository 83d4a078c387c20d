import type { Json, JsonObject } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type CutSubject,
  type DiscoveredCredential,
  type DiscoveredIdentity,
  type Discovery,
  type EvidenceItem,
  type TargetChange,
} from '../contract.ts';
import { queryOf, type WorldTarget } from './target.ts';
import { isObject, numberIn, objectsIn, textIn, textOrNull, textsIn } from './profile.ts';

function identityOf(body: JsonObject): DiscoveredIdentity {
  return {
    identity: textIn(body, 'identity'),
    kind: textIn(body, 'kind'),
    name: textIn(body, 'identity'),
    suspended: body['enabled'] !== true,
    administrator: body['administrator'] === true,
    groups: textsIn(body, 'groups'),
    permissions: textsIn(body, 'permissions'),
  };
}

function credentialOf(body: JsonObject): DiscoveredCredential {
  return {
    credential: textIn(body, 'credential'),
    identity: textIn(body, 'identity'),
    kind: textIn(body, 'kind'),
    issuedAt: textIn(body, 'issuedAt'),
    expiresAt: textOrNull(body, 'expiresAt'),
    lastUsedAt: textOrNull(body, 'lastUsedAt'),
    enabled: body['enabled'] === true,
    mintedBy: textOrNull(body, 'mintedBy'),
    scopes: [],
  };
}

/** All of the target, or one identity with the identities that its credentials minted. */
export async function discover(
  target: WorldTarget,
  scope: { readonly identity?: string },
  context: CallContext,
): Promise<Discovery> {
  const query: Record<string, string> =
    scope.identity === undefined ? {} : { identity: scope.identity };
  const body = await target.read('inventory', query, context);
  return {
    identities: objectsIn(body, 'identities').map(identityOf),
    credentials: objectsIn(body, 'credentials').map(credentialOf),
    sessions: objectsIn(body, 'sessions').map((each) => ({
      session: textIn(each, 'session'),
      identity: textIn(each, 'identity'),
      credential: textOrNull(each, 'credential'),
      since: textIn(each, 'since'),
      facts: { source: textIn(each, 'source') },
    })),
  };
}

const ACTIVITY_ENTRIES_MAX = 200;

/** What is missing is evidence too; only a target that does not answer at all stops the capture. */
export async function captureEvidence(
  target: WorldTarget,
  subject: CutSubject,
  context: CallContext,
): Promise<readonly EvidenceItem[]> {
  const scope = target.profile.grain === 'identity' ? { identity: subject.identity } : subject;
  const state = attempt(() => target.read('state', queryOf(scope), context));
  const activity = attempt(() => {
    const limit = String(ACTIVITY_ENTRIES_MAX);
    return target.read('audit', { identity: subject.identity, limit }, context);
  });
  const [found, log] = await Promise.all([state, activity]);
  const part = (name: string, pick: (body: JsonObject) => Json): EvidenceItem =>
    typeof found === 'string'
      ? { name, content: null, missing: found }
      : { name, content: pick(found) };
  return [
    part('sessions', (body) => body['sessions'] ?? null),
    part('permissions', (body) => permissionsIn(body['identity'] ?? null)),
    part('configuration', (body) => ({
      identity: body['identity'] ?? null,
      credential: body['credential'] ?? null,
    })),
    typeof log === 'string'
      ? { name: 'recent-activity', content: null, missing: log }
      : { name: 'recent-activity', content: log['entries'] ?? null },
    ...(target.profile.residual === null
      ? []
      : [
          {
            name: 'bearer-tokens',
            content: null,
            missing: 'not available: the system keeps no list',
          },
        ]),
  ];
}

export async function changes(
  target: WorldTarget,
  subject: CutSubject,
  since: string,
  context: CallContext,
): Promise<readonly TargetChange[]> {
  const limit = String(ACTIVITY_ENTRIES_MAX);
  const query = { identity: subject.identity, plane: 'control', limit };
  const log = await target.read('audit', query, context);
  return objectsIn(log, 'entries')
    .filter((each) => textIn(each, 'at') >= since && numberIn(each, 'effects') > 0)
    .map((each) => ({
      at: textIn(each, 'at'),
      actor: textIn(each, 'actor'),
      what: textIn(each, 'verb'),
    }));
}

function permissionsIn(identity: Json): Json {
  if (!isObject(identity)) return null;
  const { groups, permissions, administrator } = identityOf(identity);
  return { groups, permissions, administrator };
}

async function attempt(read: () => Promise<JsonObject>): Promise<JsonObject | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorFailure && error.kind === 'refused') return error.message;
    throw error;
  }
}

/** The live credentials of the subject, so that taking back can tell old ones from replacements. */
export async function credentialsOf(
  target: WorldTarget,
  scope: CutSubject,
  context: CallContext,
): Promise<readonly string[]> {
  if (scope.credential !== undefined) return [scope.credential];
  const found = await discover(target, { identity: scope.identity }, context);
  return found.credentials
    .filter((each) => each.identity === scope.identity)
    .map((each) => each.credential);
}
