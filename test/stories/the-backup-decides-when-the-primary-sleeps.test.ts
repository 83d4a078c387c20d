import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when the primary sleeps', (open) => {
  it('the backup is warmed, gets it when nobody acknowledges, and decides', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('70 s');
    expect((await story.decision('contain')).ladder.map((rung) => rung.seat)).toEqual([
      'ir-lead',
      'platform-lead',
    ]);
    const warm = story.pages.find((page) => page.about === 'warm');
    expect(warm).toMatchObject({ person: 'jonas', seat: 'platform-lead' });
    const early = await story.decision('contain');
    await expect(story.person('jonas').approves(early)).rejects.toMatchObject({
      code: 'authority-not-yet',
      facts: { person: 'jonas', holder: 'mia' },
    });

    story.kill();
    await story.pass('60 s');
    await story.restart();
    await story.pass('2 s');
    const asked = await story.decision('contain');
    expect(asked.ladder[1]).toMatchObject({ people: ['jonas'], decideBy: expect.any(String) });
    expect(story.pages.filter((page) => page.about === 'handed-off')).toHaveLength(1);
    expect(await story.told()).toContain('Handed from ir-lead to jonas (platform-lead), until');
    const decided = await story.person('jonas').approves(asked);
    expect(decided).toMatchObject({ state: 'approved', decidedBy: 'jonas' });
    expect(ofKind(await story.entries(), 'decision.handed-off')).toHaveLength(1);
    await story.untilContained();
  });

  it('they are still heard in containment when they wake up, but may not say no any more', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('3 min');
    const asked = await story.decision('contain');
    await expect(story.person('mia').rejects(asked)).rejects.toMatchObject({
      code: 'authority-moved',
      facts: { person: 'mia', holder: 'jonas' },
    });
    expect(await story.person('mia').approves(asked)).toMatchObject({ decidedBy: 'mia' });
    await expect(story.person('jonas').rejects(asked)).rejects.toMatchObject({
      code: 'decision-closed',
      facts: { state: 'approved by mia' },
    });
  });

  it('restoration has moved on for good, and acknowledging extends nothing', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    await story.person('mia').approves(await story.decision('contain'));
    await story.untilContained();
    const ref = `ci:identity:${alarm.identity}`;
    // Dana may ask; she sits on no rung of it.
    expect((await story.person('dana').restores(ref, 'false-alarm')).outcome).toBe('asked');
    const asked = await story.decision('restore');
    const seen = await story.person('jonas').answers(asked, 'acknowledge');
    expect(seen.ladder[0]).toMatchObject({ acknowledgedBy: 'jonas' });
    expect(seen.deadline).toBe(asked.deadline);
    await story.pass('5 min');
    await story.restart();
    await story.pass('6 min');
    const moved = await story.decision('restore');
    expect(moved.holders.at(-1)?.person).toBe('piet');
    await expect(story.person('jonas').approves(moved)).rejects.toMatchObject({
      code: 'authority-moved',
      facts: { person: 'jonas', holder: 'piet' },
    });
    await story.person('piet').approves(moved);
    await story.untilClosed();
  });

  it('whoever is awake hands over, once', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const asked = await story.decision('contain');
    const handed = await story.person('mia').answers(asked, 'hand-over');
    expect(handed.holders.at(-1)?.person).toBe('jonas');
    await expect(story.person('mia').answers(asked, 'hand-over')).rejects.toMatchObject({
      code: 'authority-moved',
    });
    await story.person('jonas').answers(asked, 'hand-over');
    await expect(story.person('dana').answers(asked, 'hand-over')).rejects.toMatchObject({
      code: 'decision-nobody-next',
    });
  });
});
