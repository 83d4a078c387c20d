import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a leak on a target without a connector', (open) => {
  it('opens an incident, asks a person to cut by hand, and is never called contained', async () => {
    const story = await tell(open, { targets: ['ci', 'git-host'], unserved: ['git-host'] });
    await story.report(story.leak('git-host'));
    const asked = await story.until(({ decisions }) => decisions.length > 0);
    expect(asked.decisions[0]).toMatchObject({ state: 'open', kind: 'contain' });
    const said = await story.told();
    expect(said).toContain('no connector serves git-host');
    expect(said).not.toContain('offers no isolation');
    await story.pass('5 min');
    expect((await story.incident()).standing.contained).toBe(false);
    expect(await story.engine.runner.list({ state: 'blocked' })).toEqual([]);
    expect(story.effectsOn('git-host')).toEqual([]);
    expect((await story.incident()).byHand).toMatchObject([{ status: 'assigned' }]);

    const [question] = (await story.incident()).decisions;
    if (question !== undefined) await story.person('mia').approves(question, 'done in the console');
    const claimed = await story.incident();
    expect(claimed.byHand).toMatchObject([{ status: 'claimed', claimedBy: 'mia' }]);
    expect(claimed.standing.sentence).toBe('not contained: 1 unproven');
  });
});
