import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a decision', (open) => {
  it('is made by who holds the right, and who contained does not give back', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'ask' } });
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const asked = (await story.incident()).decisions[0];
    if (asked === undefined) throw new Error('nobody was asked');
    expect(asked.holders.map((one) => one.person)).toContain('mia');

    await expect(story.person('jonas').approves(asked)).rejects.toMatchObject({
      code: 'authority-missing',
      facts: { person: 'jonas' },
    });
    await story.person('mia').approves(asked);
    await story.untilContained();
    await expect(story.person('mia').approves(asked)).rejects.toMatchObject({
      code: 'decision-closed',
    });

    const ref = `ci:identity:${alarm.identity}`;
    await expect(story.person('mia').restores(ref, 'false-alarm')).rejects.toMatchObject({
      code: 'authority-separated',
      facts: { person: 'mia' },
    });
    expect((await story.incident()).standing.contained).toBe(true);
    const restore = await story.person('jonas').restores(ref, 'false-alarm');
    expect(restore.outcome).toBe('started');
    await story.untilClosed();
  });

  it('no is an answer: nothing is cut', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'ask' } });
    await story.report(story.leak('ci', 'in use'));
    await story.pass('1 s');
    const asked = (await story.incident()).decisions[0];
    if (asked !== undefined) await story.person('mia').rejects(asked, 'this is our own test');
    await story.pass('30 min');
    expect(story.effectsOn('ci')).toEqual([]);
    expect((await story.incident()).cuts.map((cut) => cut.status)).toEqual(['dropped']);
  });
});
