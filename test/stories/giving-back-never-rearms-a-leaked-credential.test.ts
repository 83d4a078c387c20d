import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('giving back', (open) => {
  it('never lets the leaked credential work again, on targets of every kind', async () => {
    const story = await tell(open, {
      targets: ['ci', 'ledger-db'],
      charter: { revokes: false },
    });
    for (const target of ['ci', 'ledger-db']) {
      const leak = story.leak(target, 'in use');
      story.world.attack({ leak, script: 'use-at-once' });
      await story.report(leak);
      await story.untilContained();
      const ref = `${target}:identity:${leak.identity}`;

      // It is exposed whatever anybody says about the alarm.
      await expect(story.person('jonas').restores(ref, 'false-alarm')).rejects.toMatchObject({
        code: 'restore-refused',
      });
      await story.person('jonas').restores(ref, 'resolved');
      await story.untilClosed();
      await story.pass('10 min');

      expect(story.world.truth()).toMatchObject({
        attackerHasAccess: false,
        attackerWillHaveAccess: false,
      });
      expect(story.world.target(target).effective().identities.get(leak.identity)?.enabled).toBe(
        true,
      );
    }
  });
});
