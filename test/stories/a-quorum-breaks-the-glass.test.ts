import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const ADMIN = { name: 'person:ops', person: null };

/** Three days are many watches. */
const reviewedSoon = (nowMs: number): string =>
  decidingCharter()(nowMs).replace('review: P3D', 'review: PT90M');

async function codesOf(story: Story, person: string, device: string): Promise<readonly string[]> {
  const prepared = await story.engine.response.prepareGlass({ person, device, count: 2 }, ADMIN);
  return prepared.codes;
}

tellOnBothStores('break-glass', (open) => {
  it('takes the codes of two people on two devices, once, and leaves a review', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const [mia = '', miaAgain = ''] = await codesOf(story, 'mia', 'phone of mia');
    const [dana = ''] = await codesOf(story, 'dana', 'safe');
    const [piet = ''] = await codesOf(story, 'piet', 'safe');
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const { id: decision, digest } = await story.decision('contain');
    const use = async (...codes: readonly string[]) =>
      await story.engine.response.breakGlass(
        { decision, digest, codes, reason: 'the identity provider is gone' },
        ADMIN,
      );

    await expect(use(mia)).rejects.toMatchObject({ code: 'break-glass-refused' });
    await expect(use(mia, miaAgain)).rejects.toMatchObject({ code: 'break-glass-refused' });
    await expect(use(dana, piet)).rejects.toMatchObject({ code: 'quorum-not-distinct' });
    await expect(use(mia, 'never-prepared')).rejects.toMatchObject({ code: 'break-glass-refused' });

    await story.restart();
    const both = await Promise.allSettled([use(mia.toUpperCase(), dana), use(mia, dana)]);
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await story.decision('contain')).toMatchObject({
      state: 'approved',
      votes: [{ person: 'mia' }, { person: 'dana' }],
    });
    await story.restart();
    await expect(use(mia, dana)).rejects.toMatchObject({ code: 'break-glass-refused' });
    await story.untilContained();
    const entries = await story.entries();
    expect(ofKind(entries, 'decision.glass-broken')).toHaveLength(1);
    const business = (await story.incident()).tracks.at(-1);
    expect(business?.next.join()).toContain('mia and dana used break-glass to contain');
    // The ledger knows that codes were prepared, and none of them.
    const lines: string[] = [];
    for await (const line of story.engine.ledger.exportLines()) lines.push(line);
    expect(lines.join('')).toContain('break-glass.prepared');
    for (const code of [mia, dana, piet]) expect(lines.join('')).not.toContain(code);
  });

  it('lets in for its time only: then it is held again and asked of the ladder, and the review is paged when it is due', async () => {
    const story = await tell(open, { targets: ['ci'], rules: reviewedSoon });
    const [piet = ''] = await codesOf(story, 'piet', 'safe');
    const [dana = ''] = await codesOf(story, 'dana', 'phone of dana');
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    await story.person('mia').approves(await story.decision('contain'));
    await story.untilContained();
    const effects = story.effectsOn('ci').length;
    await story.pass('2 min');
    const asked = await story.engine.response.restore(
      { ref: `ci:identity:${alarm.identity}`, cause: 'false-alarm', reason: 'it was a test' },
      ADMIN,
    );
    const { id: decision, digest } = asked.decision;
    const { response } = story.engine;
    const reason = 'nobody of the platform can be reached';
    await response.breakGlass({ decision, digest, codes: [piet, dana], reason }, ADMIN);
    await story.untilClosed();
    expect(story.effectsOn('ci').length).toBeGreaterThan(effects);
    expect(story.isDeniedAtGate(alarm)).toBe(false);

    story.killAtWrite(2);
    await story.pass('61 min');
    await story.restart();
    await story.pass('1 min');
    const again = await story.untilContained();
    expect(again.cuts.some((cut) => cut.status === 'proven')).toBe(true);
    expect(ofKind(await story.entries(), 'decision.glass-ended')).toMatchObject([
      { data: { decision, heldAgain: true } },
    ]);
    const now = await story.decision('restore');
    expect(now.state).toBe('open');
    expect(now.needs).toMatchObject({ deciders: 1, approvers: 0 });

    story.pages.length = 0;
    await story.pass('30 min');
    const reviews = story.pages.filter((page) => page.about === 'review');
    expect(reviews.map((page) => page.person)).toEqual(['jonas']);
    expect(reviews[0]?.decision.id).toBe(decision);
    expect(await story.told()).toContain('is to be reviewed now; asked of jonas');
  });
});
