import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a session opened after the cut and before it takes effect', (open) => {
  it('is found by trying it and ended by the same cut, without going wider', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const leak = story.leak('ci');
    const target = story.world.target('ci');
    target.propagate({ minMs: 1_500, maxMs: 1_500 });
    await story.report(leak);
    await story.until(({ cuts }) =>
      cuts.some((cut) => cut.guarantee === 'G4' && cut.status === 'proving'),
    );
    story.world.attack({ leak, script: 'hold-session' });
    await story.untilContained();
    expect(story.world.truth()).toMatchObject({ attackerHasAccess: false, workloadsBroken: [] });
    const entries = await story.entries();
    expect(ofKind(entries, 'cut.failed')).toHaveLength(1);
    expect((await story.incident()).cuts.map((cut) => cut.grain)).toEqual([
      'credential',
      'credential',
    ]);
  });
});
