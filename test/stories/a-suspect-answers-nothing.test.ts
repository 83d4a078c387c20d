import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MIA = { kind: 'person', name: 'mia' };

tellOnBothStores('a suspect', (open) => {
  it('is not made by one person alone', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.person('dana').asks('mark-suspect', MIA);
    const asked = await story.decision('mark-suspect');
    expect(asked).toMatchObject({ state: 'open', votes: [{ person: 'dana' }] });
    await expect(story.person('dana').approves(asked)).rejects.toMatchObject({
      code: 'decision-closed',
    });
    // Nor may she who is meant say anything about it.
    await expect(story.person('mia').rejects(asked)).rejects.toMatchObject({
      code: 'person-suspect',
    });
    await story.pass('2 h');
    await story.restart();
    expect(await story.engine.response.suspects()).toEqual([]);
    expect(await story.engine.response.incidents({ limit: 10 })).toEqual([]);
  });

  it('to be is not asked whether they are one, whatever seat they hold', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.person('mia').asks('mark-suspect', { kind: 'person', name: 'dana' });
    const asked = await story.decision('mark-suspect');
    expect(asked.holders.length).toBeGreaterThan(0);
    await story.pass('1 h');
    const later = await story.engine.response.decision(asked.id);
    expect(later.holders.map((one) => one.person)).not.toContain('dana');
    // Somebody else, who leads as well, is asked about her at once.
    await story.person('mia').asks('mark-suspect', MIA);
    const other = (await story.engine.response.decisions({ state: 'open' })).find(
      (one) => one.action['parameters'] !== undefined && one.id !== asked.id,
    );
    expect(other?.holders.map((one) => one.person)).toContain('dana');
  });

  it('who leads is passed over where it is open, their containing answer stands, their giving back is undone', async () => {
    const story = await tell(open, { targets: ['ci', 'git-host'], rules: decidingCharter() });
    const report = { by: 'detector', type: 'anomalous-behaviour' } as const;
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, report);
    await story.pass('1 s');
    await story.person('mia').approves(await story.decision('contain'));
    await story.untilContained();
    const ref = `ci:identity:${alarm.identity}`;
    await story.person('jonas').restores(ref, 'false-alarm');
    const restored = await story.untilClosed();

    await story.report(story.leak('git-host', 'in use'), report);
    await story.pass('3 min');
    const waiting = await story.decision('contain');
    expect(waiting.holders.map((one) => one.person)).toEqual(['mia', 'jonas']);

    await story.person('dana').asks('mark-suspect', { kind: 'person', name: 'jonas' });
    const mark = await story.decision('mark-suspect');
    story.killAtWrite(2);
    void story.person('mia').approves(mark);
    await story.passUntilDead('1 min');
    await story.restart();
    // She got no reply; when it was not heard she says it again.
    const heard = await story.decision('mark-suspect');
    if (heard.state === 'open') await story.person('mia').approves(heard);
    await story.pass('5 s');
    expect(await story.engine.response.suspects()).toMatchObject([{ name: 'jonas' }]);

    // What waited for jonas has moved on; he is refused.
    const moved = await story.engine.response.decision(waiting.id);
    expect(moved.holders.at(-1)?.person).toBe('dana');
    await expect(story.person('jonas').approves(moved)).rejects.toMatchObject({
      code: 'person-suspect',
    });
    // What he gave back is held again, and asked of somebody else.
    const { id } = restored;
    const again = await story.engine.response.incident(id);
    expect(again.status).toBe('open');
    const asked = again.decisions.filter((one) => one.kind === 'restore');
    expect(asked[0]?.state).toBe('undone');
    expect(asked.filter((one) => one.state === 'open')).toHaveLength(1);
    expect(asked.at(-1)?.holders.map((one) => one.person)).toEqual(['piet']);
    // What mia contained stands.
    const contains = again.decisions.filter((one) => one.kind === 'contain');
    expect(contains[0]).toMatchObject({ state: 'approved', decidedBy: 'mia' });
    expect(ofKind(await story.entries(), 'suspect.considered')).toHaveLength(1);
  });

  it('channel may carry alerts and never an answer', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.person('dana').asks('mark-suspect', { kind: 'channel', name: 'token:pager' });
    await story.person('mia').approves(await story.decision('mark-suspect'));
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const asked = await story.decision('contain');
    await expect(
      story.person('mia').answers(asked, 'approve', 'token:pager'),
    ).rejects.toMatchObject({ code: 'channel-suspect' });
    expect(await story.person('mia').answers(asked, 'approve', 'console')).toMatchObject({
      state: 'approved',
    });
  });
});
