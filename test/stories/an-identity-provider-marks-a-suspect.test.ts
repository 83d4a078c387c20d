import { expect, it } from 'vitest';
import { LIMITS } from '../../src/kernel/index.ts';
import { sendReportOf, type Report } from './harness/reports.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

async function says(
  story: Story,
  names: readonly string[],
  report: Partial<Report> = {},
): Promise<void> {
  const refs = names.map((name) => {
    const [type = '', ...value] = name.split(':');
    return { system: 'roster', type, value: value.join(':') };
  });
  const given = { by: 'identity-provider', type: 'session-hijack', ...report } as const;
  const key = `${given.by}-${names.join()}-${given.type}`;
  await sendReportOf(story.engine, story.clock.nowMs(), { refs }, { key, ...given });
  await story.pass('1 s');
}

async function suspects(story: Story): Promise<readonly string[]> {
  const marked = await story.engine.response.suspects();
  return marked.map(({ kind, name }) => `${kind}:${name}`).toSorted();
}

tellOnBothStores('an identity provider', (open) => {
  it('marks a person and a channel by its signed word alone; two people take it back', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const asked = await story.decision('contain');
    expect(asked.holders.map((one) => one.person)).toEqual(['mia']);

    // Nobody else may do that, however sure they are; and an all-clear marks nobody.
    await says(story, ['person:mia'], { by: 'detector', confidence: 'proven' });
    await says(story, ['person:mia'], { by: 'web-form', confidence: 'proven' });
    await says(story, ['person:mia'], { type: 'all-clear' });
    await says(story, ['person:nobody-of-the-roster']);
    expect(await suspects(story)).toEqual([]);

    story.killAtWrite(2);
    void says(story, ['person:mia', 'channel:token:pager']).catch(() => undefined);
    await story.passUntilDead('1 min');
    await story.restart();
    await story.pass('5 s');
    expect(await suspects(story)).toEqual(['channel:token:pager', 'person:mia']);
    const moved = await story.engine.response.decision(asked.id);
    expect(moved.holders.map((one) => one.person)).toEqual(['mia', 'jonas']);
    await expect(story.person('mia').approves(moved)).rejects.toMatchObject({
      code: 'person-suspect',
    });
    await expect(
      story.person('jonas').answers(moved, 'approve', 'token:pager'),
    ).rejects.toMatchObject({ code: 'channel-suspect' });

    // An all-clear takes nothing back, and neither does one person or the suspect.
    await says(story, ['person:mia', 'channel:token:pager'], { type: 'all-clear' });
    const back = { kind: 'person', name: 'mia', mark: 'taken-back' };
    await story.person('dana').asks('mark-suspect', back);
    const question = await story.decision('mark-suspect');
    expect(question.question).toContain('ake back the suspicion of person mia');
    await expect(story.person('mia').approves(question)).rejects.toMatchObject({
      code: 'person-suspect',
    });
    expect(await suspects(story)).toContain('person:mia');
    await story.person('jonas').approves(question);
    await story.pass('1 s');
    expect(await suspects(story)).toEqual(['channel:token:pager']);
    expect(await story.person('mia').approves(moved)).toMatchObject({ state: 'approved' });
    await expect(story.person('dana').asks('mark-suspect', back)).rejects.toMatchObject({
      code: 'request-invalid',
    });
  });

  it('in the wrong hands marks a few; beyond that two people are asked', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const channels = Array.from(
      { length: LIMITS.suspectsBySignalMax },
      (_, index) => `channel:token:${index}`,
    );
    await says(story, [...channels, 'person:dana']);
    expect(await suspects(story)).toEqual(channels);
    const asked = await story.decision('mark-suspect');
    expect(asked).toMatchObject({ state: 'open', votes: [] });
    expect(asked.question).toContain('person dana');
    const lines: string[] = [];
    await story.engine.ledger.sealNow();
    for await (const line of story.engine.ledger.exportLines()) lines.push(line);
    const marked = lines.filter((line) => line.includes('suspect.marked'));
    expect(marked).toHaveLength(channels.length);
  });
});
