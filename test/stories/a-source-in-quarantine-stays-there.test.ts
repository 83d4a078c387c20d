import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a source of signals that cannot be trusted', (open) => {
  it('stays in quarantine when its fuse counts anew, until a right holder resets it', async () => {
    const charter = { cutsPerSource: 2, revokes: false };
    const story = await tell(open, { targets: ['ci'], charter });
    await story.report(story.leak('ci'));
    await story.untilContained();
    const next = story.world.leak('ci', { identity: 'pipeline-search' });
    await story.report(next);
    await story.pass('30 s');
    const { response } = story.engine;
    expect(await response.suspects()).toMatchObject([{ kind: 'source', name: 'scanner' }]);
    expect(ofKind(await story.entries(), 'source.quarantined')).toHaveLength(1);

    // Its fuse counts ten minutes. Whoever took it over has waited.
    await story.pass('2 h');
    await story.restart();
    const before = story.effectsOn('ci').length;
    const later = story.world.leak('ci', { identity: 'pipeline-checkout' });
    await story.report(later);
    await story.pass('1 min');
    expect(story.effectsOn('ci').length).toBe(before);
    expect(await story.decision('contain')).toMatchObject({ state: 'open' });
    // Another source is believed.
    await story.report(later, { by: 'detector' });
    await story.untilContained();

    await story.person('dana').asks('reset-fuse', { source: 'scanner' });
    await story.pass('1 s');
    expect(await story.engine.response.suspects()).toEqual([]);
    const last = story.world.leak('ci', { identity: 'pipeline-fraud-scoring' });
    await story.report(last);
    await story.pass('1 s');
    await story.untilContained();
    expect(story.effectsOn('ci')).toContain(`disable ${last.credential}`);
  });

  it('is marked by two: what it called benign is suspect again, what it raised stays cut', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter({ mode: 'act' }) });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.until(({ windows }) => windows.length > 0);
    await story.report(leak, { by: 'owner-desk', type: 'all-clear', withSecret: false });
    await story.pass('1 s');
    const named = { kind: 'source', name: 'owner-desk' };
    await story.person('dana').asks('mark-suspect', named);
    await story.person('mia').approves(await story.decision('mark-suspect'));
    await story.untilContained();
    expect(ofKind(await story.entries(), 'subject.released')).toHaveLength(1);
    expect(await story.told()).toContain('owner-desk is marked as a suspect');

    // It is heard and not believed until the same two take it back.
    const other = story.world.leak('ci', { identity: 'pipeline-search' });
    await story.report(other, { by: 'owner-desk' });
    await story.pass('1 min');
    expect((await story.incident()).cuts.filter((cut) => cut.authority !== null)).toEqual([]);
    // Setting fuses back does not clear it: people marked it, and people take it back.
    await story.person('dana').asks('reset-fuse');
    expect(await story.engine.response.suspects()).toMatchObject([named]);
    await story.person('dana').asks('mark-suspect', { ...named, mark: 'taken-back' });
    await story.person('mia').approves(await story.decision('mark-suspect'));
    await story.pass('1 s');
    expect(await story.engine.response.suspects()).toEqual([]);
  });
});
