import { expect, it } from 'vitest';
import { describeOnBothStores } from '../../src/store/testing.ts';
import { tell } from './harness/story.ts';

describeOnBothStores('when the node dies', (open, { dialect }) => {
  // Every write of the first act, and some of those that follow. Other stores take the end of a lease each time.
  const writes = dialect === 'sqlite' ? [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20] : [2, 5];

  it.each(writes)(
    'with its write number %i, the next one finishes what was acknowledged',
    async (write) => {
      const story = await tell(open, { targets: ['ci', 'git-host'] });
      const leaks = [story.leak('ci'), story.leak('git-host')];
      for (const leak of leaks) {
        story.world.attack({ leak, script: 'use-at-once' });
        await story.report(leak);
      }
      story.killAtWrite(write);
      await story.passUntilDead('5 min');
      await story.restart();

      const incidents = await story.engine.response.incidents({ limit: 10 });
      const signals = await story.engine.signals.list({ limit: 10 });
      expect(signals.length).toBe(2);
      await story.pass('3 min');
      expect(story.world.truth()).toMatchObject({
        attackerHasAccess: false,
        attackerWillHaveAccess: false,
        workloadsBroken: [],
      });
      expect(incidents.length).toBeLessThanOrEqual(2);
      for (const { id } of await story.engine.response.incidents({ limit: 10 })) {
        const incident = await story.engine.response.incident(id);
        expect(incident.standing.sentence).toBe('contained');
        expect(incident.cuts.map((cut) => cut.guarantee)).toEqual(['G2', 'G4', 'G5']);
      }
      for (const leak of leaks) {
        const { credential } = leak;
        expect(story.effectsOn(leak.target)).toEqual([
          `reduce ${credential}`,
          `disable ${credential}`,
          `revoke ${credential}`,
        ]);
      }
    },
  );
});
