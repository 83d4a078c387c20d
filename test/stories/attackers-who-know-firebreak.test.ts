import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { ofKind } from './harness/book.ts';
import { catalogue } from './harness/catalogue.ts';
import { decidingCharter } from './harness/rights.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const STAYS = { atMs: 0, do: 'use', everyMs: 500 } as const;

function sees(story: Story): boolean {
  return story.world.truth().attackerWillHaveAccess;
}

tellOnBothStores('an attacker who speaks for somebody', (open) => {
  it('says that it is benign: nothing is given back, and what comes next is asked', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    story.world.attack({ leak, steps: [STAYS] });
    await story.report(leak);
    await story.until(({ windows }) => windows.length > 0);
    // The very source that raised it takes it back: that counts for nothing.
    await story.report(leak, { type: 'all-clear', withSecret: false });
    await story.pass('1 s');
    expect(ofKind(await story.entries(), 'subject.held')).toEqual([]);
    // Another one, as authentic as the first, in the wrong hands.
    await story.report(leak, { by: 'owner-desk', type: 'all-clear', withSecret: false });
    await story.pass('30 s');

    const held = await story.incident();
    expect(held.cuts.map((cut) => cut.guarantee)).toContain('G2');
    expect(held.cuts.filter((cut) => cut.status === 'restored')).toEqual([]);
    expect(held.standing.contained).toBe(false);
    const closed = ofKind(await story.entries(), 'window.closed');
    expect(closed.map((one) => one.data.exit)).toEqual(['hold']);
    const asked = present(
      held.decisions.find((one) => one.state === 'open'),
      'a person is asked instead',
    );
    expect(sees(story)).toBe(true);
    await story.person('mia').approves(asked);
    await story.untilContained();
    expect(sees(story)).toBe(false);
  });

  it('floods from one source: that source is set aside, and others still cut', async () => {
    const charter = { cutsPerSource: 4, revokes: false };
    const story = await tell(open, { targets: ['ci'], charter });
    const leaks = [0, 1, 2, 3, 4].map((count) =>
      story.world.addMember('ci', { identity: `decoy-${count}` }),
    );
    for (const leak of leaks) await catalogue(story, leak);
    for (const leak of leaks.flat()) {
      await story.report(leak, { by: 'detector', names: 'identity', withSecret: false });
      await story.pass('1 s');
    }
    await story.pass('40 s');
    const incidents = await story.engine.response.incidents({ limit: 100 });
    const views = await Promise.all(
      incidents.map(async ({ id }) => await story.engine.response.incident(id)),
    );
    const automatic = views
      .flatMap(({ cuts }) => cuts)
      .filter((cut) => cut.authority?.['by'] === 'mandate');
    expect(automatic.length).toBeLessThanOrEqual(4);
    // Nobody is left unasked about the others.
    expect(
      views.every(
        ({ decisions, cuts }) => decisions.length > 0 || cuts.some((cut) => cut.authority),
      ),
    ).toBe(true);

    const leak = story.leak('ci');
    story.world.attack({ leak, steps: [STAYS] });
    await story.report(leak, { by: 'scanner' });
    await story.untilContained();
    expect(sees(story)).toBe(false);
  });
});

tellOnBothStores('an attacker who works against the people', (open) => {
  it('jams every way to reach them: what is reversible happens by itself, and no more', async () => {
    const story = await tell(open, {
      targets: ['ci'],
      rules: decidingCharter(),
      unreachable: ['mia', 'jonas', 'dana', 'piet'],
    });
    const leak = story.leak('ci');
    story.world.attack({ leak, steps: [STAYS] });
    await story.report(leak);
    await story.pass('45 min');
    const incident = await story.incident();
    const acted = incident.cuts.filter((cut) => cut.authority !== null);
    expect(acted.map((cut) => cut.authority?.['by'])).toEqual(acted.map(() => 'default'));
    expect(acted.every((cut) => cut.reversible)).toBe(true);
    expect(acted.some((cut) => cut.guarantee === 'G3' && cut.status === 'proven')).toBe(true);
    const reasons = ofKind(await story.entries(), 'decision.handed-off').map((one) => one.data.why);
    expect(reasons).toContain('channels-failed');
  });
});

tellOnBothStores('an attacker in a shared identity', (open) => {
  it('loses the one credential where the target can tell them apart', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const [leak, other] = story.world.addMember('ci', {
      identity: 'shared-deploy',
      credentials: 2,
    });
    const shared = present(leak, 'the first credential');
    await catalogue(story, [shared, present(other, 'the second one')]);
    story.world.attack({ leak: shared, steps: [STAYS] });
    await story.report(shared);
    const incident = await story.untilContained();
    expect(incident.cuts.map((cut) => cut.subject.credential)).toEqual([
      shared.credential,
      shared.credential,
    ]);
    expect(story.effectsOn('ci').join(' ')).not.toContain(present(other, 'it').credential);
    expect(sees(story)).toBe(false);
  });

  it('costs all of them where it cannot, and that is said before it is done', async () => {
    const story = await tell(open, { targets: ['ledger-db'], charter: { revokes: false } });
    const leaks = story.world.addMember('ledger-db', { identity: 'shared-db', credentials: 2 });
    await catalogue(story, leaks);
    const leak = present(leaks[0], 'the first credential');
    story.world.attack({ leak, steps: [STAYS] });
    await story.report(leak);
    await story.pass('10 s');
    expect(await story.told()).toContain(
      'ledger-db cannot tell the 2 credentials of shared-db apart: all of them stop',
    );
  });
});
