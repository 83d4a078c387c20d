import type { TimelineAnswer } from '../../../src/api/contract/index.ts';

export type Entry = TimelineAnswer['entries'][number];

export interface Line {
  readonly ordinal: number;
  readonly at: string;
  readonly kind: string;
  readonly actor: string;
  readonly text: string;
  /** How often the same was tried with the same outcome. */
  readonly count: number;
}

const TRY = /\.(?:probed|restore-probed)$/u;

/**
 * The same try again and again is one line that counts. Only what stands between two changes is folded: a denial after
 * a change is news.
 */
export function foldTries(entries: readonly Entry[]): readonly Line[] {
  const lines: Line[] = [];
  const places = new Map<string, number>();
  for (const { ordinal, at, kind, actor, text } of entries) {
    const isTry = TRY.test(kind);
    const place = isTry ? places.get(text) : undefined;
    const known = place === undefined ? undefined : lines[place];
    if (place !== undefined && known !== undefined) {
      lines[place] = { ...known, count: known.count + 1 };
      continue;
    }
    if (!isTry) places.clear();
    else places.set(text, lines.length);
    lines.push({ ordinal, at, kind, actor, text, count: 1 });
  }
  return lines;
}

export const GROUPS = ['everything', 'decisions', 'cuts', 'signals', 'evidence'] as const;
export type Group = (typeof GROUPS)[number];

const OF_GROUP: Readonly<Record<Group, RegExp>> = {
  everything: /^/u,
  decisions: /^(?:decision|authority|containment|window|manual|subject)\./u,
  cuts: /^(?:cut|restriction|respawn|incident)\./u,
  signals: /^(?:signal|exposure|credential|suspect|incident)\./u,
  evidence: /^(?:evidence|cut\.(?:holding-evidence|recorded))/u,
};

/** Every word has to be somewhere in the line. */
export function matching(lines: readonly Line[], group: Group, words: string): readonly Line[] {
  const wanted = words.toLowerCase().split(/\s+/u).filter(Boolean);
  return lines.filter(({ kind, actor, text }) => {
    if (!OF_GROUP[group].test(kind)) return false;
    const line = `${kind} ${actor} ${text}`.toLowerCase();
    return wanted.every((word) => line.includes(word));
  });
}
