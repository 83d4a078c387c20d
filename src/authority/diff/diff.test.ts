import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { northlake, northlakeText } from '../arbitrary.testing.ts';
import { checkCharter, loadCharter } from '../charter/charter.ts';
import type { Charter } from '../charter/model.ts';
import { diffCharters } from './diff.ts';

function changed(...edits: readonly (readonly [string, string])[]): Charter {
  let text = northlakeText;
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  return loadCharter(text);
}

function wordsOf(after: Charter): readonly string[] {
  return diffCharters(northlake, after).map(({ consequence, words }) => `${consequence}: ${words}`);
}

/** Lists in which the order says something. */
const ORDERED = new Set(['decide', 'execute', 'follow-the-sun']);

/** The same rules written in another order. */
function reordered(value: unknown, swap: () => boolean, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => reordered(item, swap));
    return !ORDERED.has(name) && swap() ? items.toReversed() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(
    ([key, one]) => [key, reordered(one, swap, key)] as const,
  );
  return Object.fromEntries(swap() ? members.toReversed() : members);
}

/** Every way to leave one member or item out, with the path to it. */
function without(value: unknown, path = ''): (readonly [path: string, value: unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, at) => {
      const here = `${path}[${at}]`;
      const inside = without(item, here).map(([to, less]) => [to, value.with(at, less)] as const);
      return [[here, value.filter((_, other) => other !== at)] as const, ...inside];
    });
  }
  return Object.entries(value).flatMap(([name, item]) => {
    const here = `${path}.${name}`;
    const rest = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    const inside = without(item, here).map(
      ([to, less]) => [to, { ...value, [name]: less }] as const,
    );
    return [[here, rest] as const, ...inside];
  });
}

/** A part of them, so that the test stays quick. */
const STRIDE = 7;

describe('the difference of two charters', () => {
  it('is nothing for one charter, however it is written', () => {
    const document: unknown = parse(northlakeText);
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (coins) => {
        const swap = (): boolean => coins.next().value === true;
        const text = `# other words\n${stringify(reordered(document, swap))}`;
        expect(diffCharters(northlake, loadCharter(text))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is told for whatever can be left out', () => {
    const ways = without(parse(northlakeText)).filter((_, at) => at % STRIDE === 0);
    const loaded = ways.flatMap(([path, less]) => {
      const check = checkCharter(stringify(less));
      return check.ok ? [{ path, charter: check.charter }] : [];
    });
    expect(loaded.length).toBeGreaterThan(15);
    const silent = loaded.filter(({ charter }) => diffCharters(northlake, charter).length === 0);
    // Words that say what is so anyway.
    const SAID_ANYWAY =
      /scope|overlap|manual|days|revision|Deadline.after|approve.count|when.sources/u;
    expect(silent.map(({ path }) => path).filter((path) => !SAID_ANYWAY.test(path))).toEqual([]);
  });

  it('says in which cases somebody else decides', () => {
    const after = changed(['when: { severity: [sev1] }', 'when: { severity: [sev1, sev2] }']);
    expect(wordsOf(after)[0]).toBe(
      'moves: sev2 contain moves from ir-lead, then platform-lead, then ciso to ir-lead, then soc-deputy',
    );
  });

  it('says when somebody else sits there', () => {
    const after = changed(['from: "07:00", to: "17:00"', 'from: "07:00", to: "15:00"']);
    expect(wordsOf(after)).toContain(
      'moves: mon-fri 15:00 to 16:00 Europe/Berlin: contain, sev1 contain, revoke, evidence, resume, end-exercise (seat ir-lead) moves from ir-de to ir-weekend',
    );
  });

  it.each([
    ['mode: act', 'mode: ask', 'tightens: mandate ci-token-leak is in mode ask instead of act'],
    ['upTo: restrict', 'upTo: step-up', 'tightens: mandate agent-unsafe-action reaches step-up'],
    ['signal: [credential-exposed], ', '', 'loosens: mandate ci-token-leak covers signal any'],
    ['limit: 25', 'limit: 50', 'loosens: fuse automaticCuts'],
    ['{ class: ics, max: restrict', '{ class: ics, max: isolate', 'loosens: ics is protected'],
    ['quorum: 2, from', 'quorum: 3, from', 'tightens: break-glass wants'],
    ['count: 2, distinct: [person, m', 'count: 1, distinct: [person, m', 'loosens: the next rev'],
    ['approve: { count: 1, from: [coo, ciso], when: { material: true } }', '', 'loosens: communi'],
    ['decide: PT10M }, { seat: ciso', 'decide: PT5M }, { seat: ciso', 'tightens: revoke gives'],
    ['AU: legal-au', 'AU: legal-us', 'moves: privacy-counsel is filled by'],
    ['voice-pin]', 'voice-pin, sms-code]', 'loosens: the way to answer "sms-code" is new'],
  ])('names the consequence of %s -> %s', (from, to, expected) => {
    const found = wordsOf(changed([from, to]));
    expect(found.filter((words) => words.startsWith(expected)).length, found.join('\n')).toBe(1);
  });

  it('turns round with the charters', () => {
    const after = changed(['limit: 25', 'limit: 50'], ['mode: act', 'mode: shadow']);
    const there = diffCharters(northlake, after).map(({ consequence }) => consequence);
    const back = diffCharters(after, northlake).map(({ consequence }) => consequence);
    expect([there, back]).toEqual([
      ['loosens', 'tightens'],
      ['loosens', 'tightens'],
    ]);
  });
});
