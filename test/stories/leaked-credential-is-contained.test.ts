import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a leaked credential', (open) => {
  it('is cut, proven dead and revoked, whatever was minted with it is caught, and nothing else breaks', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    story.world.attack({ leak, script: 'mint-second-key' });
    await story.pass('400 ms');
    await story.report(leak);
    const incident = await story.untilRevoked();
    expect(incident.standing.sentence).toBe('contained');
    expect(story.world.truth()).toMatchObject({
      attackerHasAccess: false,
      attackerWillHaveAccess: false,
      workloadsBroken: [],
    });
  });
});
