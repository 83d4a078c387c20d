import { expect, it } from 'vitest';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MIA = { name: 'person:mia', person: 'mia' };

/** Mia leads the response and would speak for it too, were it not for the separation. */
function rules(nowMs: number): string {
  return decidingCharter()(nowMs).replace(
    '{ seat: comms-lead, decide: PT30M }',
    '{ seat: ir-lead, decide: PT20M }, { seat: comms-lead, decide: PT30M }',
  );
}

tellOnBothStores('who decides containment', (open) => {
  it('does not also decide what is said, and a task that would wait for the other track is refused', async () => {
    const story = await tell(open, { targets: ['ci'], rules });
    await story.report(story.leak('ci'));
    await story.pass('1 s');
    const contain = await story.decision('contain');
    await story.person('mia').approves(contain);

    const { id, tracks } = await story.incident();
    const { response } = story.engine;
    const asked = await response.ask(
      { kind: 'communicate', incident: id, parameters: {}, reason: 'customers will ask' },
      { name: 'person:piet', person: 'piet' },
    );
    expect(asked.holders.map(({ person }) => person)).not.toContain('mia');
    await expect(story.person('mia').approves(asked)).rejects.toMatchObject({
      code: 'authority-missing',
    });
    expect(tracks.find(({ track }) => track === 'identity containment')?.done).not.toEqual([]);

    // Containment never waits for what is said.
    const first = await response.addTask(
      { incident: id, track: 'communications', title: 'draft a statement', owner: 'comms-lead' },
      MIA,
    );
    const draft = first.flatMap(({ tasks }) => tasks).find(({ from }) => from === 'person');
    const second = await response.addTask(
      { incident: id, track: 'identity containment', title: 'revoke by hand at the vendor' },
      MIA,
    );
    const manual = second
      .flatMap(({ tasks }) => tasks)
      .find(({ title }) => title.startsWith('revoke'));
    const wait = {
      incident: id,
      task: manual?.id ?? '',
      to: 'blocked',
      by: draft?.id ?? '',
    } as const;
    await expect(response.moveTask(wait, MIA)).rejects.toMatchObject({
      code: 'task-holds-containment',
    });
    const untilMs = story.clock.nowMs() + 60_000;
    await response.moveTask({ ...wait, untilMs }, MIA);
    const other = {
      incident: id,
      task: draft?.id ?? '',
      to: 'blocked',
      by: 'legal counsel',
    } as const;
    await response.moveTask(other, MIA);

    await story.untilContained();
    const incident = await story.incident();
    const said = incident.tracks.find(({ track }) => track === 'communications');
    expect(said?.blocked).toContainEqual(
      expect.objectContaining({ what: 'draft a statement', by: 'legal counsel' }),
    );
    const [handOff] = incident.handOffs;
    expect(handOff).toMatchObject({ mandate: null, right: 'contain' });
    expect(handOff?.holders[0]).toEqual({ seat: 'ir-lead', person: 'mia' });
    expect(await story.told()).toContain('is handed over: nothing happens without asking');
  });

  it('would decide both without the rule that separates them', async () => {
    const rule = '  - { never-same-person: [contain.decide, communicate.decide] }\n';
    const story = await tell(open, {
      targets: ['ci'],
      rules: (nowMs) => rules(nowMs).replace(rule, ''),
    });
    await story.report(story.leak('ci'));
    await story.pass('1 s');
    await story.person('mia').approves(await story.decision('contain'));
    const { id } = await story.incident();
    const asked = await story.engine.response.ask(
      { kind: 'communicate', incident: id, parameters: {}, reason: 'customers will ask' },
      { name: 'person:piet', person: 'piet' },
    );
    expect(asked.holders[0]?.person).toBe('mia');
  });
});
