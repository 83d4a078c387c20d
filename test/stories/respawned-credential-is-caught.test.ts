import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

/** The first cut takes longer to bite than the attacker takes to mint. */
async function leakWithTimeToMint(story: Story, as: 'self' | 'new-identity'): Promise<void> {
  story.world.target('ci').propagate({ minMs: 1_500, maxMs: 1_500 });
  const leak = story.leak('ci');
  story.world.attack({
    leak,
    steps: [
      { atMs: 0, do: 'use', everyMs: 100 },
      { atMs: 1_000, do: 'mint', as },
    ],
  });
  await story.pass('200 ms');
  await story.report(leak);
}

tellOnBothStores('a credential that was minted in the gap', (open) => {
  it('is found on the target, cut and proven dead without anybody reporting it', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await leakWithTimeToMint(story, 'self');
    const incident = await story.untilRevoked();
    const [found] = ofKind(await story.entries(), 'respawn.found');
    const [attacker] = story.world.truth().attackers;
    expect(attacker?.minted).toMatchObject([{ credential: found?.data.ref, alive: false }]);
    const caught = incident.cuts.filter((cut) => cut.descendantOf !== null);
    expect(caught.map((cut) => cut.status)).toEqual(['proven']);
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);
    expect(story.world.truth().workloadsBroken).toEqual([]);
  });

  it('is found when it was minted under a new name', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await leakWithTimeToMint(story, 'new-identity');
    await story.untilRevoked();
    const [attacker] = story.world.truth().attackers;
    expect(attacker?.minted.map((one) => one.willBeAlive)).toEqual([false]);
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);
  });
});
