import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { moveInto, refsIn, textIn } from './harness/northlake.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const TOKEN = 'github:token-id:900000001';

tellOnBothStores('a leaked build token', (open) => {
  it('is cut off from every critical service by one cut, which says what it closes', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const northlake = await moveInto(story);
    const { inventory, dependencies } = story.engine;
    const { identity, credential } = await inventory.find(TOKEN);
    const token = present(credential, 'the token is a credential').id;

    const critical = northlake
      .of('service')
      .filter(({ tier }) => tier === 1)
      .map((line) => refsIn(line)[0] ?? '');
    const inReach = (cut: readonly string[]): readonly string[] => {
      const reached = northlake.reach([TOKEN], cut);
      return critical.filter((service) => reached.has(service));
    };
    expect(inReach([]).length).toBeGreaterThanOrEqual(3);

    // The token itself is the cheapest; when a release depends on it, what it opens is cut instead.
    const first = dependencies.cheapestCut({ compromised: [token] });
    expect(first.cuts.map(({ id }) => id)).toEqual([token]);
    const second = dependencies.cheapestCut({ compromised: [token], keep: [token, identity.id] });
    for (const answer of [first, second]) {
      expect(answer).toMatchObject({ outcome: 'separated', exact: true });
      expect(answer.cuts.length).toBeLessThanOrEqual(3);
      expect(answer.why).not.toBe('');
      const cut: string[] = [];
      for (const one of answer.cuts) {
        expect(one.closes.at(0)?.from).toBe(token);
        expect(one.closes.some(({ from, to }) => [from, to].includes(one.id))).toBe(true);
        cut.push(await refOf(one.id));
      }
      expect(inReach(cut)).toEqual([]);
    }
    expect(second.weight).toBeGreaterThanOrEqual(first.weight);

    async function refOf(id: string): Promise<string> {
      const record = (await inventory.identity(id)) ?? (await inventory.credential(id));
      const ref = present(record?.refs[0], 'what is cut has a name');
      return `${ref.system}:${ref.type}:${ref.value}`;
    }
    expect(textIn(present(northlake.lineOf(TOKEN), 'it was imported'), 'kind')).toBe(
      'access-token',
    );
  });
});
