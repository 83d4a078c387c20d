import { digestOf } from '../../kernel/index.ts';

/** One open question as a card sees it. */
export interface Member {
  readonly decision: string;
  readonly incident: string;
  readonly digest: string;
  readonly kind: string;
  readonly right: string;
  /** What would be done: a stage, a cause of restoring, an act. */
  readonly action: string;
  /** Of the identities. */
  readonly class: string;
  /** The rung that has it: its holder answers the card. */
  readonly seat: string;
  readonly severity: string;
}

export interface Card {
  readonly title: string;
  readonly members: readonly Member[];
  readonly digest: string;
}

type Part = 'seat' | 'kind' | 'action' | 'right' | 'class' | 'severity';

/** From the finest to the coarsest: fewer parts, fewer cards. Who has it and what is asked stay apart longest. */
const GRAINS: readonly (readonly Part[])[] = [
  ['seat', 'kind', 'action', 'right', 'class', 'severity'],
  ['seat', 'kind', 'action', 'right', 'class'],
  ['seat', 'kind', 'action', 'right'],
  ['seat', 'kind', 'action'],
  ['seat', 'kind'],
];

/** What one answer to the card is bound to: its members, each as it was shown. */
export function cardDigest(members: readonly Pick<Member, 'decision' | 'digest'>[]): string {
  const each = members.map(({ decision, digest }) => ({ decision, digest }));
  return digestOf({ verb: 'card', members: each });
}

/** In the order of their first members. */
export function grouped<One, Name extends keyof One>(
  members: readonly One[],
  parts: readonly Name[],
): readonly (readonly One[])[] {
  const groups = new Map<string, One[]>();
  for (const member of members) {
    const key = parts.map((part) => String(member[part])).join('\u0000');
    const group = groups.get(key) ?? [];
    group.push(member);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * At most so many cards, every question on exactly one of them: first those of the highest severity, then the largest.
 * Questions of different seats, kinds or actions share a card only when nothing else helps.
 */
export function cardsOf(members: readonly Member[], cardsMax: number): readonly Card[] {
  let groups: readonly (readonly Member[])[] = [];
  for (const parts of GRAINS) {
    groups = grouped(members, parts);
    if (groups.length <= cardsMax) break;
  }
  const ranked = groups.toSorted(
    (a, b) => rankOf(a).localeCompare(rankOf(b)) || b.length - a.length,
  );
  const kept = ranked.slice(0, Math.max(0, cardsMax - 1));
  const rest = ranked.slice(kept.length).flat();
  return [...kept, ...(rest.length === 0 ? [] : [rest])].map(cardOf);
}

function rankOf(members: readonly Member[]): string {
  return members.map((one) => one.severity).toSorted()[0] ?? '';
}

function cardOf(unsorted: readonly Member[]): Card {
  const members = unsorted.toSorted(
    (a, b) => a.severity.localeCompare(b.severity) || a.decision.localeCompare(b.decision),
  );
  const words = (part: Part): string => {
    const different = [...new Set(members.map((one) => one[part]))];
    return different.length === 1 ? (different[0] ?? '') : `${different.length} different`;
  };
  const title = `${words('action')} for ${members.length} of class ${words('class')} (${words('severity')})`;
  return { title, members, digest: cardDigest(members) };
}
