import { expect, it } from 'vitest';
import type { Leak } from '../../src/world/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const OWN: Leak = {
  target: 'ci',
  identity: 'firebreak',
  credential: 'none',
  secret: 'none',
  refs: [],
};

tellOnBothStores('the access that Firebreak acts with', (open) => {
  it('is cut neither by a mandate nor by silence nor by one who holds the right', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await story.report(OWN, { names: 'identity', withSecret: false });
    await story.pass('30 min');
    const incident = await story.incident();
    expect(incident.cuts).toEqual([]);
    expect(incident.decisions[0]).toMatchObject({ state: 'open' });
    expect(incident.decisions[0]?.holders.map((one) => one.person)).toContain('mia');

    const asked = story.person('mia').contains('ci:identity:firebreak', 'suspend');
    await expect(asked).rejects.toMatchObject({ code: 'containment-refused' });
    await expect(asked).rejects.toMatchObject({ facts: { path: 'Use break-glass.' } });
    expect(story.effectsOn('ci')).toEqual([]);
    expect(story.world.target('ci').configured.identities.get('firebreak')?.enabled).toBe(true);
  });
});
