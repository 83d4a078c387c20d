import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const CI = { name: 'ci', hasInside: true } as const;
const USES = { atMs: 0, do: 'use', everyMs: 500 } as const;

async function begin(open: Parameters<typeof tell>[0]): Promise<Story> {
  return await tell(open, { targets: [CI], charter: { revokes: false } });
}

tellOnBothStores('a target with an entrance of its own for what runs inside', (open) => {
  it('is not contained while that entrance lets the attacker in, whatever the outside says', async () => {
    const story = await begin(open);
    const leak = story.leak('ci');
    const hole = { target: 'ci', plane: 'data', operation: '*', kind: 'unenforced' } as const;
    const holes = ['probe:inside', 'attacker:'].map((source) =>
      story.world.faults.add({ ...hole, source }),
    );
    story.world.attack({ leak, steps: [USES] });
    await story.report(leak);
    const incident = await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'failed'));
    expect(incident.standing.contained).toBe(false);
    const failed = ofKind(await story.entries(), 'cut.failed');
    expect(failed[0]?.data.evidence).toBe('secret probe from inside was let in');
    expect(ofKind(await story.entries(), 'incident.contained')).toEqual([]);
    expect(story.world.attackers()[0]).toMatchObject({ firstRefusal: null });

    for (const fault of holes) story.world.faults.remove(fault.id);
    const asked = (await story.incident()).decisions.find((one) => one.state === 'open');
    if (asked !== undefined) await story.person('mia').approves(asked);
    await story.untilContained();
    expect(story.world.truth().attackerWillHaveAccess).toBe(false);
  });

  it('is unproven while nobody can try from there, and says from where', async () => {
    const story = await begin(open);
    const leak = story.leak('ci');
    const wall = { target: 'ci', plane: 'data', operation: '*', kind: 'outage' } as const;
    const fault = story.world.faults.add({ ...wall, source: 'probe:inside' });
    await story.report(leak);
    const incident = await story.until(({ standing }) => standing.unproven > 0);
    expect(incident.standing.contained).toBe(false);
    const unproven = ofKind(await story.entries(), 'cut.unproven');
    expect(unproven[0]?.data.why).toContain('it cannot be tried from inside');

    story.world.faults.remove(fault.id);
    const contained = await story.untilContained();
    const last = contained.cuts.at(-1)?.probes.vantages;
    expect(last).toMatchObject([
      { vantage: 'outside', silent: null },
      { vantage: 'inside', silent: null },
      { vantage: 'control-plane', silent: null },
    ]);
  });

  it('is proven without the word of the control plane, and the proof says so', async () => {
    const story = await begin(open);
    const leak = story.leak('ci');
    await story.report(leak);
    await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'proving'));
    const mute = { target: 'ci', plane: 'control', operation: 'state', kind: 'error' } as const;
    story.world.faults.add(mute);
    await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'proven'));
    const proven = ofKind(await story.entries(), 'cut.proven');
    const word = proven[0]?.data.vantages?.find(({ vantage }) => vantage === 'control-plane');
    expect(word).toMatchObject({ denials: 0, silent: 'it cannot be read' });
  });
});
