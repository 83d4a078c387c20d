import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a signal that nobody vouches for', (open) => {
  it('cuts nothing, not even when nobody answers', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci', 'in use');
    await story.report(leak, { by: 'web-form', confidence: 'proven' });
    await story.pass('30 min');
    expect(story.effectsOn('ci')).toEqual([]);
    expect(story.engine.gate.list()).toEqual([]);
    expect(story.world.truth().workloadsBroken).toEqual([]);
    const { decisions, standing } = await story.incident();
    expect(decisions[0]).toMatchObject({ state: 'open' });
    expect(standing.contained).toBe(false);
  });

  it('does not stop one that somebody does vouch for', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    await story.report(leak, { by: 'web-form' });
    await story.pass('1 min');
    expect(story.effectsOn('ci')).toEqual([]);
    await story.report(leak);
    const incident = await story.untilRevoked();
    expect(incident.signals).toHaveLength(2);
  });
});
