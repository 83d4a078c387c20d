import { expect, it } from 'vitest';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('two answers', (open) => {
  it('that say the opposite at once: the first counts, the other is told, and no is a question again later', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('3 min');
    const asked = await story.decision('contain');
    const both = await Promise.allSettled([
      story.person('mia').approves(asked),
      story.person('jonas').rejects(asked),
    ]);
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [lost] = both.filter((one) => one.status === 'rejected');
    expect(lost).toMatchObject({ reason: { code: 'decision-closed' } });
    await story.restart();
    expect((await story.decision('contain')).state).toMatch(/approved|rejected/u);
  });

  it('a no binds exactly what was asked, and lapses', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const alarm = story.leak('ci', 'in use');
    const ref = `ci:identity:${alarm.identity}`;
    await story.person('dana').contains(ref, 'suspend');
    const asked = await story.decision('contain');
    await story.person('mia').rejects(asked, 'this is our own test');
    expect(await story.decision('contain')).toMatchObject({ state: 'rejected' });
    await story.person('dana').contains(ref, 'suspend');
    expect((await story.engine.response.decisions({ kind: 'contain' })).length).toBe(1);
    await story.pass('16 min');
    await story.person('dana').contains(ref, 'suspend');
    expect(await story.decision('contain')).toMatchObject({ state: 'open', digest: asked.digest });
  });
});

tellOnBothStores('an approval', (open) => {
  it('of something that has changed since is refused, and what it is now is asked', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const ref = `ci:identity:${story.leak('ci', 'in use').identity}`;
    await story.person('mia').contains(ref, 'isolate');
    await story.untilContained();
    await story.person('dana').restores(ref, 'false-alarm');
    const shown = await story.decision('restore');
    await story.person('mia').contains(ref, 'suspend');
    await story.pass('30 s');
    await story.restart();
    await expect(story.person('jonas').approves(shown)).rejects.toMatchObject({
      code: 'decision-digest-changed',
    });
    const now = await story.decision('restore');
    expect(now.digest).not.toBe(shown.digest);
    expect(await story.told()).toContain('what would be given back has changed');
    await story.person('jonas').approves(now);
    await story.untilClosed();
  });
});
