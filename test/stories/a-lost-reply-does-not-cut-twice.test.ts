import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when the reply to a cut is lost', (open) => {
  it.each([
    ['ci', 'lost-reply'],
    ['git-host', 'lost-reply'],
    ['git-host', 'error-after-effect'],
  ] as const)('%s is cut once (%s)', async (target, kind) => {
    const story = await tell(open, { targets: [target] });
    const leak = story.leak(target);
    for (const operation of ['reduce', 'disable', 'revoke']) {
      story.world.faults.add({ target, plane: 'control', operation, kind, count: 1 });
    }
    await story.report(leak);
    await story.untilRevoked();
    expect(story.world.faults.list().map((fault) => fault.hits)).toEqual([1, 1, 1]);
    const cut = leak.credential;
    expect(story.effectsOn(target)).toEqual([`reduce ${cut}`, `disable ${cut}`, `revoke ${cut}`]);
    expect(
      story.world
        .target(target)
        .audit.effects()
        .map((sum) => sum.effects),
    ).toEqual([1, 1, 1]);
  });

  it('a target without keys is asked what it has before anything is sent again', async () => {
    const calls: string[] = [];
    const story = await tell(open, {
      targets: ['git-host'],
      wrap: (connector) => ({
        ...connector,
        apply: (order, context) => {
          calls.push(`apply ${order.guarantee}`);
          return connector.apply(order, context);
        },
        readBack: (order, context) => {
          calls.push(`read back ${order.guarantee}`);
          return connector.readBack(order, context);
        },
      }),
    });
    const fault = { target: 'git-host', plane: 'control', operation: 'reduce', count: 1 } as const;
    story.world.faults.add({ ...fault, kind: 'error' });
    await story.report(story.leak('git-host'));
    await story.untilContained();
    // The call had no effect, and nobody could know: read back, then repeat.
    expect(calls.slice(0, 3)).toEqual(['apply G2', 'read back G2', 'apply G2']);
    // Later looks are those of the proof.
    const applied = calls.filter((call) => call.startsWith('apply'));
    expect(applied).toEqual(['apply G2', 'apply G2', 'apply G4']);
  });
});
