import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { membersOf, MIA, untilRotation } from './harness/rotating.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const SETTINGS = { acknowledgeMs: 240_000, quietMs: 45_000, observeMs: 15_000 };
const DB = 'ledger-db';

tellOnBothStores('an identity that two share who do not belong together', (open) => {
  it('is cut once they have one of their own: the attacker is out, and nobody stood still', async () => {
    const story = await tell(open, {
      targets: [DB],
      rotationSettings: SETTINGS,
      readers: () => 15_000,
      charter: { revokes: false },
    });
    const member = present(
      membersOf(story, DB).find(({ credentials }) => credentials.length > 1),
      'one identity of it has several consumers',
    );
    const { identity } = member;
    const users = story.world.workloads().filter(({ name }) => name.startsWith(`${identity}-`));
    const one = present(users[0], 'it is used');
    // Another service lives on one of them: they do not belong together.
    const from = 'northlake:service:reporting';
    const to = `northlake:workload:${one.name}`;
    const lines = [
      { type: 'service', name: 'reporting', refs: [from] },
      { type: 'edge', from, relation: 'depends-on', to },
    ];
    const { rejectedCount } = await story.engine.inventory.importRecords(lines, { source: 'more' });
    expect(rejectedCount).toBe(0);
    await story.engine.dependencies.refresh();

    const leak = story.world.leak(DB, { identity });
    const watch = story.world.watchConsumers(1_000);
    story.world.attack({ leak, steps: [{ atMs: 0, do: 'use', everyMs: 5_000 }] });
    await story.report(leak);
    // Reduced at once; isolating it would stop them all, so that is asked, with what is done instead.
    const asked = await story.until(({ decisions }) => decisions.some((d) => d.state === 'open'));
    expect(asked.cuts.filter(({ guarantee }) => guarantee === 'G2')).toMatchObject([
      { status: 'proven' },
    ]);
    expect(asked.cuts.every(({ guarantee, authority }) => guarantee === 'G2' || !authority)).toBe(
      true,
    );
    expect(await story.told()).toContain('they are given an identity of their own first');
    expect(story.world.truth().attackerWillHaveAccess).toBe(true);

    const request = { ref: `${DB}:identity:${identity}`, emergency: false, dryRun: false };
    const answer = await story.engine.response.rotate({ ...request, reason: 'split it' }, MIA);
    const split = await untilRotation(
      story,
      answer.rotation?.id ?? '',
      ({ status }) => status === 'done',
    );
    expect(split.breaks).toEqual([]);
    const question = present(
      (await story.incident()).decisions.find(({ state }) => state === 'open'),
      'the question is still there',
    );
    await story.person('mia').approves(question);
    await story.untilContained();
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);
    expect(watch.gaps()).toEqual([]);
  });
});
