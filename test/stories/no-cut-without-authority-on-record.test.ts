import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('without authority on record', (open) => {
  it('nothing is cut until the one who holds the right approves exactly what was asked', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'ask' } });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.pass('1 min');
    expect(story.effectsOn('ci')).toEqual([]);

    const { decisions } = await story.incident();
    const [asked] = decisions;
    expect(asked).toMatchObject({ state: 'open', kind: 'contain' });
    if (asked === undefined) return;
    const other = { ...asked, digest: '0'.repeat(64) };
    await expect(story.person('mia').approves(other)).rejects.toMatchObject({
      code: 'decision-digest-changed',
    });
    expect(story.effectsOn('ci')).toEqual([]);

    await story.person('mia').approves(asked);
    await story.untilContained();
    const entries = await story.entries();
    const [authorised] = ofKind(entries, 'cut.authorised');
    const [planned] = ofKind(entries, 'cut.planned');
    expect(authorised?.data.authority).toMatchObject({
      by: 'decision',
      id: asked.id,
      digest: planned?.data.plan.digest,
      charterRevision: 7,
    });
    const [applying] = ofKind(entries, 'cut.applying');
    expect(story.firstEffectAtMs('ci')).toBeGreaterThanOrEqual(applying?.atMs ?? Infinity);
  });

  it('is never the case where a mandate acts: each cut cites it with its own digest', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await story.report(story.leak('ci'));
    await story.untilRevoked();
    const entries = await story.entries();
    const digests = new Map(
      ofKind(entries, 'cut.planned').map(({ data }) => [data.plan.id, data.plan.digest]),
    );
    const authorised = ofKind(entries, 'cut.authorised');
    expect(authorised.length).toBe(3);
    for (const { data } of authorised) {
      expect(data.authority).toEqual({
        by: 'mandate',
        id: 'leaked-credential',
        digest: digests.get(data.cut),
        charterRevision: 7,
      });
    }
  });
});
