import type { JsonObject } from '../../kernel/index.ts';
import type {
  CallContext,
  CutSubject,
  Minted,
  MintOrder,
  ObservedUse,
  RetireOrder,
  Retired,
  Rotation,
  UseQuery,
} from '../contract.ts';
import { within } from './client.ts';
import { objectsIn, textIn, textOrNull } from './profile.ts';
import type { WorldTarget } from './target.ts';

export function rotationOf(target: WorldTarget): Rotation {
  const { grain, secretFrom, lifetimeMs } = target.profile;
  return {
    overlap: grain === 'credential' ? 'native' : 'twin',
    secretFrom,
    ...(lifetimeMs === null ? {} : { lifetimeMs }),
    mint: (order, context) => mint(target, order, within(context)),
    retire: (order, context) => retire(target, order, within(context)),
    uses: (query, context) => uses(target, query, within(context)),
  };
}

/** What the target can be asked about: where it cannot tell credentials apart, the identity alone. */
function scopeOf(target: WorldTarget, { identity, credential }: CutSubject): CutSubject {
  return credential === undefined || target.profile.grain === 'identity'
    ? { identity }
    : { identity, credential };
}

async function mint(target: WorldTarget, order: MintOrder, context: CallContext): Promise<Minted> {
  const body: JsonObject = {
    ...scopeOf(target, order.subject),
    label: order.label,
    ...(order.secret === undefined ? {} : { secret: order.secret }),
    ...(order.lifetimeMs === undefined ? {} : { lifetimeMs: order.lifetimeMs }),
  };
  const answer = await target.change('mint', body, `${context.idempotencyKey}:mint`, context);
  const credential = textOrNull(answer, 'credential');
  const shown = textOrNull(answer, 'secret');
  return {
    state: answer['state'] === 'already' ? 'already' : 'done',
    subject: {
      identity: textIn(answer, 'identity'),
      ...(credential === null ? {} : { credential }),
    },
    secret: target.profile.secretFrom === 'caller' ? (order.secret ?? null) : shown,
    expiresAt: textOrNull(answer, 'expiresAt'),
    raw: { state: answer['state'] ?? null },
  };
}

async function retire(
  target: WorldTarget,
  order: RetireOrder,
  context: CallContext,
): Promise<Retired> {
  const replacement = scopeOf(target, order.replacement);
  const body: JsonObject = {
    ...scopeOf(target, order.subject),
    replacementIdentity: replacement.identity,
    ...(replacement.credential === undefined
      ? {}
      : { replacementCredential: replacement.credential }),
  };
  const answer = await target.change('retire', body, `${context.idempotencyKey}:retire`, context);
  return { state: answer['state'] === 'already' ? 'already' : 'done', raw: answer };
}

const AUDIT_ENTRIES_MAX = 10_000;
/** Firebreak's own tries are nobody's use. */
const OWN = /^(?:probe:|impersonation$)/u;

async function uses(
  target: WorldTarget,
  query: UseQuery,
  context: CallContext,
): Promise<readonly ObservedUse[]> {
  const sinceMs = Date.parse(query.since);
  const latest = new Map<string, ObservedUse>();
  for (const subject of query.subjects) {
    const scope = scopeOf(target, subject);
    const asked = { ...scope, plane: 'data', limit: String(AUDIT_ENTRIES_MAX) };
    const body = await target.read('audit', asked, context);
    for (const entry of objectsIn(body, 'entries')) {
      const consumer = textIn(entry, 'source');
      const lastAt = textIn(entry, 'at');
      if (entry['outcome'] !== 'allowed' || OWN.test(consumer)) continue;
      if (Date.parse(lastAt) < sinceMs) continue;
      latest.set(JSON.stringify([subject.identity, subject.credential, consumer]), {
        subject,
        consumer,
        lastAt,
      });
    }
  }
  return [...latest.values()];
}
