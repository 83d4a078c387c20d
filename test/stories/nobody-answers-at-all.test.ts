import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when everybody is asleep', (open) => {
  it('a reversible stage holds meanwhile, then the default isolates, and revoking never happens', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.pass('70 s');
    const held = (await story.incident()).cuts.filter((cut) => cut.authority !== null);
    expect(held.map((cut) => cut.guarantee)).toEqual(['G2']);
    expect(held[0]?.authority).toMatchObject({ by: 'default' });
    expect((await story.decision('contain')).state).toBe('open');

    await story.pass('5 min');
    await story.restart();
    await story.pass('10 min');
    const entries = await story.entries();
    expect(ofKind(entries, 'decision.meanwhile').map((one) => one.data.guarantee)).toEqual(['G2']);
    expect(ofKind(entries, 'decision.defaulted').map((one) => one.data.guarantee)).toEqual(['G3']);
    const seats = ofKind(entries, 'decision.handed-off').map((one) => one.data.rung.seat);
    expect(seats.slice(0, 2)).toEqual(['platform-lead', 'ciso']);

    const ref = `ci:credential:${leak.credential}`;
    await story.person('dana').contains(ref, 'revoke');
    await story.pass('40 min');
    await story.restart();
    await story.pass('60 min');
    expect(story.effectsOn('ci').filter((one) => one.startsWith('revoke'))).toEqual([]);
    const revoke = await story.decision('revoke');
    expect(revoke.state).toBe('open');
    expect(story.pages.filter((page) => page.about === 'again').length).toBeGreaterThan(3);
  });
});
