import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('contained', (open) => {
  it('is not said during an outage, which looks like success', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    // The control plane says done to everything; whoever tries the credential gets no answer at all.
    const outage = story.world.faults.add({
      target: 'ci',
      plane: 'data',
      operation: '*',
      kind: 'outage',
    });
    await story.report(leak);
    const incident = await story.until(({ standing }) => standing.unproven > 0);
    expect(incident.standing.sentence).toMatch(/^not contained: \d unproven/u);
    const unproven = ofKind(await story.entries(), 'cut.unproven');
    expect(unproven[0]?.data.why).toContain('outage');
    await story.pass('1 min');
    expect(ofKind(await story.entries(), 'incident.contained')).toEqual([]);

    story.world.faults.remove(outage.id);
    await story.untilContained();
  });

  it('is not said while nobody at all is let in, the untouched control included', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const control = story.world.organisation.controls.get('ci');
    if (control === undefined) throw new Error('each target has a control');
    const byHand = { subject: control, key: null, actor: 'platform-admin' } as const;
    await story.world.control('ci', { ...byHand, verb: 'disable' });
    await story.pass('3 s');
    await story.report(story.leak('ci'));
    const incident = await story.until(({ standing }) => standing.unproven > 1);
    expect(incident.standing.contained).toBe(false);
    expect(incident.cuts.map((cut) => cut.status)).toEqual(['unproven', 'unproven']);
    expect(ofKind(await story.entries(), 'incident.contained')).toEqual([]);

    await story.world.control('ci', { ...byHand, verb: 'enable' });
    await story.untilContained();
  });

  it('is not said while the dead credential is let in, whatever the control plane shows', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    // It declares two seconds and takes an hour.
    story.world.target('ci').propagate({ minMs: 3_600_000, maxMs: 3_600_000 });
    story.world.attack({ leak, script: 'use-at-once' });
    await story.report(leak);
    await story.pass('5 min');
    const incident = await story.incident();
    expect(incident.standing.contained).toBe(false);
    expect(ofKind(await story.entries(), 'incident.contained')).toEqual([]);
    expect(ofKind(await story.entries(), 'cut.failed').length).toBeGreaterThan(0);
    // What is left is a stronger cut by a person's word.
    expect(incident.decisions.at(-1)).toMatchObject({ state: 'open', kind: 'contain' });
  });
});
