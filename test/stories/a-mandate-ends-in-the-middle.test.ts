import { expect, it } from 'vitest';
import { toTimestamp } from '../../src/kernel/index.ts';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const REPORT = { by: 'detector', type: 'anomalous-behaviour' } as const;

/** Told from eleven seconds on; the mandates end four seconds later, in the middle of the window before isolation. */
function endingCharter(grace: string): (nowMs: number) => string {
  return (nowMs) =>
    decidingCharter({ mode: 'act' })(nowMs).replaceAll(
      /until: \S+\n {4}rehearsed/gu,
      `until: ${toTimestamp(nowMs + 15_000)}\n    openIncident: { grace: ${grace}, newTargets: false }\n    rehearsed`,
    );
}

async function nothingIsGivenBack(story: Story): Promise<void> {
  expect(story.effectsOn('ci').filter((one) => one.startsWith('restore'))).toEqual([]);
  expect(ofKind(await story.entries(), 'cut.reverting')).toEqual([]);
}

tellOnBothStores('a mandate whose time runs out in the middle', (open) => {
  it('finishes within its grace what it has entered, and takes no new target', async () => {
    const targets = ['ci', 'git-host'];
    const story = await tell(open, { targets, rules: endingCharter('PT1M') });
    await story.report(story.leak('ci', 'in use'), REPORT);
    await story.pass('5 s');
    await story.restart();
    await story.pass('25 s');
    const begun = await story.incident();
    const byMandate = begun.cuts.filter((cut) => cut.authority?.['by'] === 'mandate');
    expect(byMandate.map((cut) => cut.guarantee)).toContain('G4');
    expect(begun.decisions).toEqual([]);
    await nothingIsGivenBack(story);

    await story.report(story.leak('git-host', 'in use'), REPORT);
    await story.pass('5 s');
    const other = await story.incident();
    expect(other.id).not.toBe(begun.id);
    expect(other.cuts.filter((cut) => cut.authority !== null)).toEqual([]);
    expect(other.decisions).toMatchObject([{ kind: 'contain', state: 'open' }]);
    expect(story.effectsOn('git-host')).toEqual([]);
  });

  it('without a grace enters no further stage: what is cut stays, and a person is asked', async () => {
    const story = await tell(open, { targets: ['ci'], rules: endingCharter('PT0S') });
    await story.report(story.leak('ci', 'in use'), REPORT);
    await story.pass('30 s');
    const { cuts, decisions } = await story.incident();
    const acted = cuts.filter((cut) => cut.authority !== null);
    expect(acted.map((cut) => [cut.guarantee, cut.status])).toEqual([['G2', 'proven']]);
    expect(decisions).toMatchObject([{ kind: 'contain', state: 'open' }]);
    await nothingIsGivenBack(story);
  });
});
