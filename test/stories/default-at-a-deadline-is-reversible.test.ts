import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('when nobody decides in time', (open) => {
  it('the default isolates, and that can be taken back', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'ask' } });
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    const incident = await story.until(
      ({ cuts }) => cuts.some((cut) => cut.status === 'proven'),
      '30 min',
    );
    const entries = await story.entries();
    expect(ofKind(entries, 'decision.defaulted').length).toBe(1);
    const [cut] = incident.cuts.filter((one) => one.status === 'proven');
    expect(cut).toMatchObject({ guarantee: 'G3', reversible: true, authority: { by: 'default' } });
    // The default does less than was asked: the rest is still a question, and nothing calls it contained.
    expect(incident.decisions.at(-1)).toMatchObject({ state: 'open' });
    expect(incident.standing.contained).toBe(false);
    await story.pass('11 s');
    expect(story.world.truth().workloadsBroken.length).toBeGreaterThan(0);

    await story.person('jonas').restores(`ci:identity:${alarm.identity}`, 'false-alarm');
    await story.untilClosed();
    await story.pass('10 s');
    expect(story.world.truth().workloadsBroken).toEqual([]);
  });

  it('what cannot be undone stays a question, asked again and again', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    const ref = `ci:credential:${leak.credential}`;
    const answer = await story.person('piet').contains(ref, 'revoke');
    expect(answer.outcome).toBe('asked');
    await story.pass('40 min');
    expect(story.effectsOn('ci')).toEqual([]);
    const overdue = ofKind(await story.entries(), 'decision.overdue');
    expect(overdue.length).toBeGreaterThan(1);
    expect((await story.incident()).decisions.at(-1)).toMatchObject({ state: 'open' });
  });
});
