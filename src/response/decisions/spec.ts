import type { IncidentEntry } from '../incident/entries.ts';

/**
 * The naive second definition: what may be said of one decision, read off the list of its entries and nothing else. It
 * knows no timers, only the order of things and who was asked. Null when the entries break a rule.
 */
export type Said = 'open' | 'approved' | 'rejected' | 'defaulted' | 'expired' | 'undone';

/** What may still be said once it is decided. */
const AFTERWARDS: ReadonlySet<string> = new Set([
  'decision.undone',
  'decision.left-to-people',
  'decision.glass-ended',
  'decision.review-due',
]);

type About = Extract<IncidentEntry, { readonly kind: `decision.${string}` }>;

export function saysOf(entries: readonly IncidentEntry[], id: string): Said | `broken: ${string}` {
  const mine = entries.filter((one): one is About =>
    one.kind === 'decision.opened'
      ? one.data.decision.id === id
      : 'decision' in one.data && one.data.decision === id,
  );
  const [first, ...rest] = mine.filter((one) => one.kind.startsWith('decision.'));
  if (first?.kind !== 'decision.opened') return 'broken: nobody was asked';
  const { digest, handOff, kind, rungs } = first.data.decision;
  let { needs } = first.data.decision;
  const asked = rungs.map((rung) => rung.people);
  const yes = new Map<string, string>();
  let said: Said = 'open';
  for (const one of rest) {
    if (said !== 'open' && !AFTERWARDS.has(one.kind)) return 'broken: it went on after its end';
    if (one.kind === 'decision.handed-off') {
      if (one.data.rung.people.length === 0) return 'broken: handed to nobody';
      if (one.data.rung.openedAtMs !== one.atMs) return 'broken: a clock that starts elsewhere';
      asked.push(one.data.rung.people);
    }
    if (one.kind === 'decision.supported') {
      const { vote, digest: seen } = one.data;
      if (seen !== digest) return 'broken: an approval of something else';
      if (yes.has(vote.person) && one.atMs < vote.atMs) return 'broken: counted twice';
      yes.set(vote.person, vote.as);
    }
    if (one.kind === 'decision.glass-broken') {
      needs = { deciders: one.data.quorum, approvers: 0 };
      yes.clear();
    }
    if (one.kind === 'decision.vote-undone') yes.delete(one.data.person);
    if (one.kind === 'decision.defaulted') {
      if (kind !== 'contain') return 'broken: a default of what cannot be undone';
      said = 'defaulted';
    }
    if (one.kind === 'decision.expired') said = 'expired';
    if (one.kind === 'decision.undone') said = 'undone';
    if (one.kind !== 'decision.decided') continue;
    const deciders = [...yes.values()].filter((as) => as === 'decider').length;
    const isEnough = deciders >= needs.deciders && yes.size >= needs.deciders + needs.approvers;
    if (one.data.outcome === 'approved' && !isEnough && one.data.by !== 'firebreak')
      return 'broken: too few agreed';
    said = one.data.outcome;
  }
  return handOff === 'exclusive' && kind === 'contain' ? 'broken: containment moved away' : said;
}
