import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIds, ID_PREFIXES, isId, type IdWord } from './ids.ts';
import { createSeededRandom, systemRandom } from './random.ts';

// The keys of the table are the words.
const WORDS = Object.keys(ID_PREFIXES) as IdWord[];

describe('ids', () => {
  it('sort in the order of their making and are unique, whatever the clock does', () => {
    const steps = fc.array(
      fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.double({ min: 0, max: 2, noNaN: true })),
      {
        minLength: 2,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(steps, fc.integer(), (jumps, seed) => {
        let nowMs = 1_790_000_000_000;
        const ids = createIds(() => nowMs, createSeededRandom(seed));
        const made = jumps.map((jump) => {
          nowMs += jump;
          return ids.next('step');
        });
        expect([...made].sort()).toEqual(made);
        expect(new Set(made).size).toBe(made.length);
        for (const id of made) expect(isId('step', id), id).toBe(true);
      }),
    );
  });

  it('stay unique and sorted within one millisecond, beyond one carry', () => {
    // Starts just below the point where the lower half overflows.
    const ids = createIds(
      () => 5,
      () => 1 - 2 ** -30,
    );
    const made = Array.from({ length: 1_000 }, () => ids.next('cut'));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    expect(made[0]?.slice(14, 20)).not.toBe(made.at(-1)?.slice(14, 20));
  });

  it('of two sources do not meet', () => {
    const sources = [createIds(() => 7, systemRandom), createIds(() => 7, systemRandom)];
    const made = sources.flatMap((ids) => Array.from({ length: 1_000 }, () => ids.next('entry')));
    expect(new Set(made).size).toBe(2_000);
  });

  it('name their word, and no two words share a prefix', () => {
    const ids = createIds(() => 0, createSeededRandom(1));
    for (const word of WORDS) expect(ids.next(word).startsWith(`${ID_PREFIXES[word]}_`)).toBe(true);
    expect(new Set(Object.values(ID_PREFIXES)).size).toBe(WORDS.length);
  });

  it.each([
    ['', 'nothing'],
    ['inc_', 'a prefix alone'],
    ['sig_0123456789abcdefghjkmn', 'another word'],
    ['inc_0123456789abcdefghjkm', 'too short'],
    ['inc_0123456789abcdefghjkmnp', 'too long'],
    ['inc_0123456789abcdefghjkmi', 'a letter that is not in the alphabet'],
    ['inc_0123456789ABCDEFGHJKMN', 'capitals'],
    ['inc_0123456789abcdefghjkmn\n', 'a line end'],
  ])('%j is none: %s', (text) => {
    expect(isId('incident', text)).toBe(false);
    expect(isId('incident', 'inc_0123456789abcdefghjkmn')).toBe(true);
  });
});
