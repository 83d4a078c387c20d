import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('while another track waits for somebody', (open) => {
  it('containment goes on, and everybody sees who is waited for, and since when', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.untilContained();
    // A business decision is open: piet asks, and has no right to decide it.
    const askedAt = story.clock.nowMs();
    const asked = await story.person('piet').restores(`ci:identity:${leak.identity}`, 'resolved');
    expect(asked.outcome).toBe('asked');

    const { identity, credential } = leak;
    const undo = { verb: 'enable', subject: { identity, credential }, key: null } as const;
    await story.world.control('ci', { ...undo, actor: 'platform-admin' });
    await story.until(({ standing }) => !standing.contained);
    const incident = await story.untilContained();

    const business = incident.tracks.find((one) => one.track === 'business decisions');
    expect(business?.blocked).toEqual([
      { what: 'decision restore', by: 'jonas', since: new Date(askedAt).toISOString() },
    ]);
    expect(incident.tracks.find((one) => one.track === 'identity containment')?.blocked).toEqual(
      [],
    );
  });
});
