import { expect, it } from 'vitest';
import { moveInto } from './harness/northlake.ts';
import { sendReportOf } from './harness/reports.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const KEY = { system: 'aws', type: 'access-key', value: 'AKIAEXAMPLEORBISOPER' };

tellOnBothStores('a leak in the tenant that a provider runs', (open) => {
  it('names who answers for the provider, asks them, and cuts nothing by itself', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await moveInto(story);
    await sendReportOf(story.engine, story.clock.nowMs(), { refs: [KEY] }, {});
    const asked = await story.until(({ decisions }) => decisions.length > 0);
    const [decision] = asked.decisions;
    expect(decision).toMatchObject({ kind: 'contain', state: 'open' });
    expect(decision?.holders.map(({ seat, person }) => [seat, person])).toEqual([
      ['provider-lead', 'nadia'],
    ]);
    expect(decision?.next).toEqual({ seat: 'ciso', people: ['dana'] });
    expect(asked.identities.map(({ name }) => name)).toEqual(['orbis-operations']);

    await story.pass('5 min');
    const { holders } = await story.decision('contain');
    expect(holders.map(({ seat, person }) => [seat, person])).toEqual([
      ['provider-lead', 'nadia'],
      ['ciso', 'dana'],
    ]);
    expect((await story.incident()).standing.contained).toBe(false);
    expect(await story.engine.runner.list({ state: 'blocked' })).toEqual([]);
    expect(story.effectsOn('ci')).toEqual([]);
  });
});
