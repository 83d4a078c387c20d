import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('the same leak, reported again', (open) => {
  it('by its source under the same key is a repeat, and is cut once', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    const report = { key: 'alert-17' };
    await Promise.all([
      story.report(leak, report),
      story.report(leak, report),
      story.report(leak, report),
    ]);
    await story.untilRevoked();
    expect(await story.engine.signals.list({ limit: 10 })).toHaveLength(1);
    expect(await story.engine.response.incidents({ limit: 10 })).toHaveLength(1);
    expect(story.effectsOn('ci')).toHaveLength(3);
  });

  it('by a second source joins the incident and ends the first window', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.pass('2 s');
    await story.report(leak, { by: 'detector' });
    await story.pass('1 s');
    const [closed] = ofKind(await story.entries(), 'window.closed');
    expect(closed?.data).toMatchObject({ window: 'W1', exit: 'advance' });
    expect(await story.engine.response.incidents({ limit: 10 })).toHaveLength(1);
    await story.untilRevoked();
  });

  it('by two sources at the same instant still makes one incident', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    await Promise.all([story.report(leak), story.report(leak, { by: 'detector' })]);
    await story.untilRevoked();
    expect(await story.engine.response.incidents({ limit: 10 })).toHaveLength(1);
    expect(story.effectsOn('ci')).toHaveLength(3);
  });
});
