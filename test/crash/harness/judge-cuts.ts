import type { Entry, Evidence } from './evidence.ts';

/** What the connector puts behind the runner's key. */
const EFFECT_KEY = /^(?<order>cut_[^:]+:apply:\d+):(?<verb>[a-z-]+)(?::[0-9a-f]+)?$/u;
const ACCOUNT = 'firebreak';

interface Planned {
  readonly digest: unknown;
  readonly reversible: boolean;
}

/** Authority and inverse before each effect; each effect once. The world's log is compared with the ledger. */
export function judgeCuts(evidence: Evidence, entries: readonly Entry[]): readonly string[] {
  return [...judgeEffects(evidence), ...judgeRecords(entries), ...judgeOrder(evidence, entries)];
}

/** No (subject, verb) takes effect twice for one order, and no order is carried out under two keys. */
function judgeEffects({ effects }: Evidence): readonly string[] {
  const findings: string[] = [];
  const orders = new Map<string, number>();
  for (const { target, identity, credential, verb, key, effects: count } of effects) {
    const subject = `${target}/${identity}/${credential ?? '*'}`;
    if (count > 1)
      findings.push(`${subject}: ${verb} took effect ${count} times (${key ?? 'no key'})`);
    if (verb === 'kill-sessions') continue;
    const name = `${subject} ${verb}`;
    orders.set(name, (orders.get(name) ?? 0) + count);
  }
  // Nobody else changes these targets, so there is no drift: each subject is cut once in each way.
  for (const [name, count] of orders) {
    if (count > 1) findings.push(`${name}: ${count} effects of different orders`);
  }
  return findings;
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** In each incident: planned, authorised for that digest, inverse recorded, then applied; in this order. */
function judgeRecords(entries: readonly Entry[]): readonly string[] {
  const findings: string[] = [];
  const planned = new Map<string, Planned>();
  const authorised = new Set<string>();
  const approved = new Set<string>();
  const applying = new Set<string>();
  for (const { kind, data } of inOrder(entries)) {
    const cut = stringOf(data['cut']);
    if (kind === 'cut.planned') {
      const plan = Object(data['plan']);
      planned.set(stringOf(plan.id), {
        digest: plan.digest,
        reversible: Object(plan.capability).reversible === true,
      });
    } else if (kind === 'decision.decided' && data['outcome'] === 'approved') {
      approved.add(stringOf(data['decision']));
    } else if (kind === 'cut.authorised') {
      const { by, id, digest } = Object(data['authority']);
      if (digest !== planned.get(cut)?.digest)
        findings.push(`${cut}: authority for another digest`);
      if (by === 'decision' && !approved.has(stringOf(id)))
        findings.push(`${cut}: its decision was not approved`);
      if (stringOf(id) === '') findings.push(`${cut}: cites no authority`);
      authorised.add(cut);
    } else if (kind === 'cut.applying') {
      if (!authorised.has(cut)) findings.push(`${cut}: applied without authority`);
      const noInverse = (data['inverse'] ?? null) === null;
      if (planned.get(cut)?.reversible === true && noInverse)
        findings.push(`${cut}: applied without its inverse`);
      if (data['attempt'] !== 1) findings.push(`${cut}: ordered again although nobody undid it`);
      applying.add(cut);
    } else if (kind === 'cut.applied' && !applying.has(cut)) {
      findings.push(`${cut}: applied before it was ordered`);
    }
  }
  return findings;
}

/** The ledger's order: incidents are independent, within one the ordinals count. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .filter((entry) => entry.incident !== null)
    .toSorted((one, other) =>
      one.incident === other.incident
        ? (one.ordinal ?? 0) - (other.ordinal ?? 0)
        : (one.incident ?? '') < (other.incident ?? '')
          ? -1
          : 1,
    );
}

/** Every change that the world saw from us was on record before, with its inverse. */
function judgeOrder({ changes }: Evidence, entries: readonly Entry[]): readonly string[] {
  const orderedAt = new Map<string, string>();
  const revertedAt = new Map<string, string>();
  for (const { kind, at, data } of entries) {
    if (kind === 'cut.applying') orderedAt.set(stringOf(data['key']), at);
    if (kind === 'cut.reverting') revertedAt.set(stringOf(data['cut']), at);
  }
  const firstReversalAt = [...revertedAt.values()].toSorted()[0];
  return changes.flatMap(({ actor, effects, key, verb, at, identity, target }) => {
    if (actor !== ACCOUNT || effects === 0) return [];
    const what = `${target}/${identity}: ${verb}`;
    const order = EFFECT_KEY.exec(key ?? '')?.groups?.['order'];
    if (order === undefined) {
      const early = firstReversalAt === undefined || at < firstReversalAt;
      return early ? [`${what} at ${at} belongs to no order (${key ?? 'no key'})`] : [];
    }
    const recorded = orderedAt.get(order);
    if (recorded === undefined)
      return [`${what} took effect and is not on the ledger (${key ?? ''})`];
    return recorded > at
      ? [`${what} took effect at ${at}, its inverse was recorded at ${recorded}`]
      : [];
  });
}
