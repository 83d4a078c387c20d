import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('access that outlives a cut by design', (open) => {
  it('is said with its end, and contained is said only after it', async () => {
    const story = await tell(open, { targets: ['cloud-prod'], charter: { revokes: false } });
    const leak = story.leak('cloud-prod');
    // A bearer token: no list shows it, nobody can end it.
    story.world.attack({ leak, script: 'hold-session' });
    await story.pass('5 s');
    await story.report(leak);
    const residual = await story.until(({ standing }) => standing.residualUntil !== null);
    expect(residual.standing.sentence).toMatch(/^contained with residual until \d\d:\d\d$/u);
    const until = Date.parse(residual.standing.residualUntil ?? '');
    expect(until).toBeGreaterThan(story.clock.nowMs());

    const contained = await story.until(({ standing }) => standing.sentence === 'contained');
    expect(story.clock.nowMs()).toBeGreaterThanOrEqual(until);
    expect(contained.cuts.map((cut) => cut.status)).toEqual(['proven', 'proven']);
    expect(story.world.truth().attackerHasAccess).toBe(false);
  });
});
