import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a new signal while something is given back', (open) => {
  it('voids the decision, and what was lifted is held again', async () => {
    const story = await tell(open, { targets: ['payments-api'] });
    const leak = story.leak('payments-api');
    await story.report(leak, { by: 'detector', type: 'anomalous-behaviour' });
    await story.until(({ cuts }) =>
      cuts.some((cut) => cut.guarantee === 'G4' && cut.status === 'proven'),
    );
    const ref = `payments-api:identity:${leak.identity}`;
    await story.person('jonas').restores(ref, 'false-alarm');
    await story.pass('2 s');
    expect((await story.incident()).status).toBe('restoring');

    story.world.attack({ leak, script: 'use-at-once' });
    await story.report(leak);
    await story.untilRevoked();
    expect(ofKind(await story.entries(), 'incident.closed')).toEqual([]);
    expect(ofKind(await story.entries(), 'incident.reopened').length).toBe(1);
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);
  });
});
