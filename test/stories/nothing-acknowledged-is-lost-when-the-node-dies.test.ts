import { expect, it } from 'vitest';
import { realClock, sleep } from '../../src/kernel/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when the node dies', (open, { dialect }) => {
  // Every write of the first act, and some of those that follow. Other stores take the end of a lease each time.
  const writes = dialect === 'sqlite' ? [1, 2, 3, 5, 8] : [3];

  it.each(writes)(
    'with its write number %i, the next one finishes what was acknowledged',
    async (write) => {
      const story = await tell(open, { targets: ['ci', 'git-host'] });
      const leaks = [story.leak('ci'), story.leak('git-host')];
      for (const leak of leaks) {
        story.world.attack({ leak, steps: [{ atMs: 0, do: 'use', everyMs: 2_000 }] });
        await story.report(leak);
      }
      story.killAtWrite(write);
      await story.passUntilDead('5 min');
      await story.restart();

      expect(await story.engine.signals.list({ limit: 10 })).toHaveLength(2);
      await story.pass('90 s');
      expect(story.world.truth()).toMatchObject({
        attackerHasAccess: false,
        attackerWillHaveAccess: false,
        workloadsBroken: [],
      });
      const incidents = await story.engine.response.incidents({ limit: 10 });
      expect(incidents).toHaveLength(2);
      for (const { id } of incidents) {
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

  it('before it could answer, the sender repeats itself and is heard once', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    story.killAtWrite(1);
    // Nobody will ever answer this.
    void story.report(leak, { key: 'alert-17' });
    while (story.isAlive) await sleep(realClock, 1);
    await story.restart();
    await story.report(leak, { key: 'alert-17' });
    await story.untilRevoked();
    expect(await story.engine.signals.list({ limit: 10 })).toHaveLength(1);
    expect(await story.engine.response.incidents({ limit: 10 })).toHaveLength(1);
    expect(story.effectsOn('ci')).toHaveLength(3);
  });
});
