import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when the fuse of automatic cuts has blown', (open) => {
  it('a person is asked instead, and the person may still cut', async () => {
    const charter = { cutsPerHour: 2, revokes: false };
    const story = await tell(open, { targets: ['ci'], charter });
    const first = story.leak('ci');
    await story.report(first);
    await story.untilContained();
    const before = story.effectsOn('ci').length;

    const second = story.world.leak('ci', { identity: 'pipeline-search' });
    expect(second.identity).not.toBe(first.identity);
    await story.report(second);
    await story.pass('1 min');
    expect(story.effectsOn('ci').length).toBe(before);
    const asked = (await story.incident()).decisions[0];
    expect(asked).toMatchObject({ state: 'open', kind: 'contain' });

    if (asked !== undefined) await story.person('mia').approves(asked);
    await story.untilContained();
    expect(story.effectsOn('ci')).toContain(`disable ${second.credential}`);
  });

  it('a cut that was planned before it blew goes back to a person', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { cutsPerHour: 1 } });
    await story.report(story.leak('ci'));
    const incident = await story.until(({ decisions }) => decisions.length > 0);
    // The reduced stage was the one cut that was left; what comes next is asked.
    expect(incident.cuts.map((cut) => [cut.guarantee, cut.authority !== null])).toEqual([
      ['G2', true],
      ['G4', false],
    ]);
    await story.pass('5 s');
    expect(story.effectsOn('ci').length).toBe(1);
  });
});
