import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a cut that cannot be made', (open) => {
  it('is blocked with the right that is missing, and goes on when it is released', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const { grants } = story.world.target('ci');
    grants.delete('identity:suspend');
    await story.report(story.leak('ci'));
    const blocked = await story.until(({ standing }) => standing.blocked > 0);
    const cut = blocked.cuts.find((one) => one.status === 'blocked');
    expect(cut).toMatchObject({ guarantee: 'G4' });
    expect(cut?.reason).toContain('identity:suspend');
    expect(blocked.standing.sentence).toContain('1 blocked');
    // Automation does not go wider because a door is closed; a person is asked.
    expect(blocked.cuts.map((one) => [one.guarantee, one.grain, one.status])).toEqual([
      ['G2', 'credential', 'proven'],
      ['G4', 'credential', 'blocked'],
      ['G4', 'identity', 'planned'],
    ]);
    const steps = await story.engine.runner.list({ state: 'blocked' });
    expect(steps.map((step) => step.kind)).toEqual(['cut.apply']);

    grants.add('identity:suspend');
    await story.release(steps);
    const going = await story.until(({ cuts }) =>
      cuts.some((one) => one.id === cut?.id && one.status === 'proven'),
    );
    expect(going.standing.blocked).toBe(0);
    // What was asked because of the block is no longer needed.
    expect(going.decisions.map((one) => one.state)).toEqual(['expired']);
    expect(going.standing.sentence).toBe('contained');
    expect(await story.engine.runner.list({ state: 'blocked' })).toEqual([]);
  });

  it('is blocked when its target stays dead, and other targets are contained meanwhile', async () => {
    const story = await tell(open, { targets: ['ci', 'git-host'], charter: { revokes: false } });
    const dead = { target: 'ci', plane: 'control', operation: '*' } as const;
    const outage = story.world.faults.add({ ...dead, kind: 'outage' });
    const lost = story.leak('ci');
    await story.report(lost);
    await story.until(({ standing }) => standing.blocked > 0, '15 min');
    const steps = await story.engine.runner.list({ state: 'blocked' });
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) expect(step.reason).toMatch(/tries/u);
    const first = await story.incident();

    await story.report(story.leak('git-host'));
    await story.untilContained();

    story.world.faults.remove(outage.id);
    await story.release(await story.engine.runner.list({ state: 'blocked' }));
    await story.pass('3 min');
    const after = await story.engine.response.incident(first.id);
    expect(after.cuts.filter((cut) => cut.status === 'blocked')).toEqual([]);
    expect(story.world.target('ci').effective().credentials.get(lost.credential)?.enabled).toBe(
      false,
    );
  });
});
