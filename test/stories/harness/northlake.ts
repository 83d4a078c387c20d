import { expect } from 'vitest';
import { describeOrganisation } from '../../../src/app/index.ts';
import { inventoryLines } from '../../../src/world/index.ts';
import type { Story } from './story.ts';

export type Line = Readonly<Record<string, unknown>>;

/** Enough for every shape and trait, and quick. */
const IDENTITIES = 400;

/** The whole organisation around the targets of the story, as the demo has it. */
export async function moveInto(story: Story): Promise<Northlake> {
  const { inventory, dependencies } = story.engine;
  const settings = { seed: 3, atMs: story.clock.nowMs(), identities: IDENTITIES };
  const lines = describeOrganisation(settings);
  const report = await inventory.importRecords(lines, { source: 'northlake', mode: 'snapshot' });
  expect(report).toMatchObject({ added: lines.length, rejectedCount: 0, pending: 0 });
  await dependencies.refresh();
  await inventory.indexed();
  const world = inventoryLines(story.world.organisation).split('\n').filter(Boolean);
  // Written line by line as objects.
  return new Northlake([...world.map((line) => JSON.parse(line) as Line), ...lines]);
}

export const textIn = (line: Line, member: string): string => {
  const value = line[member];
  return typeof value === 'string' ? value : '';
};

export function tagIn(line: Line | undefined, key: string): string {
  const tags: unknown = line?.['tags'];
  if (!Array.isArray(tags)) return '';
  const found: unknown = tags.find(
    (tag: unknown) => typeof tag === 'string' && tag.startsWith(`${key}:`),
  );
  return typeof found === 'string' ? found.slice(key.length + 1) : '';
}

/** References come as text or in parts. */
export function refsIn(line: Line): readonly string[] {
  const refs: unknown = line['refs'];
  if (!Array.isArray(refs)) return [];
  return refs.map((ref: string | { system: string; type: string; value: string }) =>
    typeof ref === 'string' ? ref : `${ref.system}:${ref.type}:${ref.value}`,
  );
}

// table: the attacker's ways, written down a second time from docs/dependency-map.md
const FORWARD = [
  'authenticates',
  'holds',
  'reads',
  'reaches',
  'assumes',
  'mints',
  'runs-as',
  'uses',
];

/** What was told to Firebreak, answered naively. */
export class Northlake {
  readonly lines: readonly Line[];
  readonly #ways = new Map<string, string[]>();
  readonly #same = new Map<string, string>();

  constructor(lines: readonly Line[]) {
    this.lines = lines;
    for (const line of lines) {
      const [first = '', ...others] = refsIn(line);
      for (const other of others) this.#same.set(other, first);
    }
    for (const line of lines) this.#add(line);
  }

  of(type: string): readonly Line[] {
    return this.lines.filter((line) => line['type'] === type);
  }

  edges(relation: string, to: string): readonly string[] {
    const into = this.of('edge').filter((edge) => edge['relation'] === relation);
    return into.flatMap((edge) => (edge['to'] === to ? textIn(edge, 'from') : []));
  }

  readonly lineOf = (ref: string): Line | undefined =>
    this.lines.find((line) => refsIn(line).includes(ref));

  /** Everything in reach of these when the cut ones are gone. */
  reach(from: readonly string[], cut: readonly string[]): ReadonlySet<string> {
    const found = new Set(from.filter((one) => !cut.includes(one)));
    for (const one of found) {
      for (const next of this.#ways.get(one) ?? []) if (!cut.includes(next)) found.add(next);
    }
    return found;
  }

  /** Everything that stops when these do: who uses, runs as, assumes or depends on them, and so on. */
  stopsWith(cut: readonly string[]): ReadonlySet<string> {
    const found = new Set(cut);
    for (const one of found) {
      for (const relation of ['uses', 'runs-as', 'assumes', 'depends-on']) {
        for (const consumer of this.edges(relation, one)) found.add(consumer);
      }
    }
    return found;
  }

  #add(line: Line): void {
    if (line['type'] === 'credential') this.#way(refsIn(line)[0] ?? '', textIn(line, 'identity'));
    if (line['type'] !== 'edge') return;
    const [from, to] = [textIn(line, 'from'), textIn(line, 'to')];
    if (FORWARD.includes(textIn(line, 'relation'))) this.#way(from, to);
    else this.#way(to, from);
  }

  #way(from: string, to: string): void {
    const [tail, head] = [this.#same.get(from) ?? from, this.#same.get(to) ?? to];
    this.#ways.set(tail, [...(this.#ways.get(tail) ?? []), head]);
  }
}
