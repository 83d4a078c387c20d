import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a mandate in shadow', (open) => {
  it('does nothing, asks a person, and what it would have done is on record', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'shadow' } });
    const leak = story.leak('ci', 'in use');
    await story.report(leak);
    await story.pass('1 min');
    expect(story.effectsOn('ci')).toEqual([]);
    await story.engine.gate.refresh();
    expect(story.isDeniedAtGate(leak)).toBe(false);
    const { decisions } = await story.incident();
    expect(decisions).toMatchObject([{ state: 'open', kind: 'contain' }]);
    const [attributed] = ofKind(await story.entries(), 'signal.attributed');
    expect(attributed?.data.subject.resolution).toMatchObject({
      mandate: { id: 'leaked-credential', mode: 'shadow' },
      automaticUpTo: null,
      shadowUpTo: 'G4',
    });
  });
});
