import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a target that goes down in the middle', (open) => {
  it.each(['ci', 'git-host'])('%s is cut once it is back, and only once', async (target) => {
    const story = await tell(open, { targets: [target] });
    const leak = story.leak(target);
    await story.report(leak);
    await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'proven'));
    story.world.faults.add({
      target,
      plane: 'any',
      operation: '*',
      kind: 'outage',
      forMs: 45_000,
    });
    await story.pass('45 s');
    expect((await story.incident()).standing.contained).toBe(false);
    await story.untilRevoked();
    const { credential } = leak;
    expect(story.effectsOn(target)).toEqual([
      `reduce ${credential}`,
      `disable ${credential}`,
      `revoke ${credential}`,
    ]);
  });
});
