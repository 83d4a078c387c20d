import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('the third credential minted within ten minutes', (open) => {
  it('asks for the whole identity, and each of the three is cut meanwhile', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    story.world.target('ci').propagate({ minMs: 1_900, maxMs: 1_900 });
    const leak = story.leak('ci');
    story.world.attack({
      leak,
      steps: [
        { atMs: 0, do: 'use', everyMs: 200 },
        { atMs: 400, do: 'mint', everyMs: 400, untilMs: 1_500 },
      ],
    });
    await story.pass('200 ms');
    await story.report(leak);
    const incident = await story.until(({ decisions }) => decisions.length > 0);
    const [asked] = incident.decisions;
    expect(asked).toMatchObject({ state: 'open', kind: 'contain' });
    const parent = incident.cuts.find((cut) => cut.grain === 'identity');
    expect(parent).toMatchObject({ status: 'planned', guarantee: 'G4', descendantOf: null });
    await story.until(
      ({ cuts }) =>
        cuts.filter((cut) => cut.descendantOf !== null && cut.status === 'proven').length === 3,
    );
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);

    if (asked !== undefined) await story.person('mia').approves(asked);
    await story.untilContained();
    const identity = story.world.target('ci').effective().identities.get(leak.identity);
    expect(identity?.enabled).toBe(false);
  });
});
