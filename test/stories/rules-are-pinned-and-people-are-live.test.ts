import { expect, it } from 'vitest';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('in the middle of a decision', (open) => {
  it('another charter is adopted: what is open keeps its rules, what comes next has the new ones', async () => {
    const story = await tell(open, { targets: ['ci', 'git-host'], rules: decidingCharter() });
    const report = { by: 'detector', type: 'anomalous-behaviour' } as const;
    await story.report(story.leak('ci', 'in use'), report);
    await story.pass('1 s');
    const before = await story.decision('contain');
    story.changeRules((text) =>
      text
        .replace('revision: 7', 'revision: 8')
        .replace(
          '{ seat: platform-lead, acknowledge: PT2M, decide: PT5M, warm: PT1M }',
          '{ seat: coo, acknowledge: PT2M, decide: PT5M, warm: PT1M }',
        )
        .replace('advise: { seats: [coo], within: PT2M, silence: proceed }', ''),
    );
    await story.restart();
    await story.pass('3 min');
    const open7 = await story.decision('contain');
    expect(open7).toMatchObject({ id: before.id, charter: { revision: 7 } });
    expect(open7.holders.map((one) => one.person)).toEqual(['mia', 'jonas']);

    await story.report(story.leak('git-host', 'in use'), report);
    await story.pass('3 min');
    const open8 = await story.decision('contain');
    expect(open8.charter.revision).toBe(8);
    expect(open8.holders.map((one) => one.person)).toEqual(['mia', 'piet']);
    await story.person('jonas').approves(open7);
    expect(await story.engine.response.decision(open7.id)).toMatchObject({ decidedBy: 'jonas' });
  });

  it('a mandate ends: what was cut stays cut, and nothing is given back by itself', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter({ mode: 'act' }) });
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('3 s');
    const begun = story.effectsOn('ci');
    expect(begun.length).toBeGreaterThan(0);
    story.changeRules((text) =>
      text.replaceAll('mode: act', 'mode: shadow').replace('revision: 7', 'revision: 8'),
    );
    await story.restart();
    await story.pass('5 min');
    expect(story.effectsOn('ci').filter((one) => one.startsWith('restore'))).toEqual([]);
    const incident = await story.incident();
    expect(incident.cuts.filter((cut) => cut.status === 'restored')).toEqual([]);
    expect(incident.cuts.some((cut) => cut.status === 'proven')).toBe(true);
  });

  it('no channel reaches the primary: the next rung has it now', async () => {
    const story = await tell(open, {
      targets: ['ci'],
      rules: decidingCharter(),
      unreachable: ['mia'],
    });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('2 s');
    const asked = await story.decision('contain');
    expect(asked.holders.map((one) => one.person)).toEqual(['mia', 'jonas']);
    expect(await story.told()).toContain('no channel reached anybody');
    await story.restart();
    await story.person('jonas').approves(asked);
    await story.untilContained();
  });
});
