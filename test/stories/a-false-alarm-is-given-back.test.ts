import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a false alarm', (open) => {
  it.each(['ci', 'git-host', 'ledger-db'])(
    'is given back on %s, and no workload is left broken',
    async (target) => {
      const story = await tell(open, { targets: [target] });
      const alarm = story.leak(target, 'in use');
      await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
      await story.until(({ cuts }) =>
        cuts.some((cut) => cut.guarantee === 'G4' && cut.status === 'proven'),
      );
      await story.pass('11 s');
      expect(story.world.truth().workloadsBroken.length).toBeGreaterThan(0);
      expect(story.isDeniedAtGate(alarm)).toBe(true);

      // Saying so holds what comes next; it gives nothing back by itself.
      await story.report(alarm, { by: 'owner-desk', type: 'all-clear' });
      await story.pass('1 min');
      expect(story.world.truth().workloadsBroken.length).toBeGreaterThan(0);

      await story.person('jonas').restores(`${target}:identity:${alarm.identity}`, 'false-alarm');
      const closed = await story.untilClosed();
      expect(closed.cuts.map((cut) => cut.status)).toEqual(['restored', 'restored']);
      await story.pass('15 s');
      expect(story.world.truth().workloadsBroken).toEqual([]);
      await story.engine.gate.refresh();
      expect(story.isDeniedAtGate(alarm)).toBe(false);
    },
  );
});
