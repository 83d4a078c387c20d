import { expect, it } from 'vitest';
import type { DecisionView } from '../../src/response/index.ts';
import { ofKind } from './harness/book.ts';
import { decidingCharter } from './harness/rights.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

async function openWith(open: Parameters<typeof tell>[0], identities: number): Promise<Story> {
  return await tell(open, {
    targets: [
      { name: 'ci', identities },
      { name: 'git-host', identities },
    ],
    rules: decidingCharter(),
  });
}

function refsOf({ world }: Story): readonly string[] {
  return world.organisation.members.map(({ target, identity }) => `${target}:identity:${identity}`);
}

async function questionsIn(story: Story): Promise<readonly DecisionView[]> {
  const { decisions } = await story.incident();
  return decisions.filter(({ state }) => state === 'open');
}

function cutsOf({ action }: DecisionView): readonly string[] {
  // The action of a question about cuts.
  return (action as { readonly cuts?: readonly string[] }).cuts ?? [];
}

tellOnBothStores('a vendor with sixty grants is broken into', (open) => {
  it('is asked about as few questions, each bound to its list, and all are proven', async () => {
    const story = await openWith(open, 30);
    const asked = await story
      .person('jonas')
      .containsAll([...refsOf(story), 'ci:identity:nobody'], 'isolate');
    expect(asked.unknown).toEqual(['ci:identity:nobody']);
    await story.pass('1 s');
    const before = await story.incident();
    expect(before.id).toBe(asked.incident);
    const [batch] = before.batches;
    expect(batch).toMatchObject({ members: asked.identities, taken: asked.identities });
    const questions = await questionsIn(story);
    expect(questions.map(({ id }) => id)).toEqual(batch?.questions);
    expect(questions.length).toBeGreaterThan(0);
    expect(questions.length).toBeLessThanOrEqual(12);
    // Every cut is on exactly one list, and nothing is cut before somebody has decided.
    const dealt = questions.flatMap(cutsOf);
    expect(new Set(dealt)).toEqual(new Set(before.cuts.map(({ id }) => id)));
    expect(dealt).toHaveLength(before.cuts.length);
    expect(before.cuts.every(({ status }) => status === 'planned')).toBe(true);
    expect(story.pages.filter(({ about }) => about === 'opened').length).toBe(questions.length);

    for (const question of questions) {
      await expect(
        story.person('mia').approves({ ...question, digest: 'sha256:another' }),
      ).rejects.toMatchObject({ code: 'decision-digest-changed' });
      await story.person('mia').approves(question);
    }
    const contained = await story.untilContained('3 min');
    expect(contained.identities.length).toBe(asked.identities - (batch?.left.length ?? 0));
    expect(contained.cuts.every(({ status }) => status === 'proven')).toBe(true);
    const entries = await story.entries();
    expect(ofKind(entries, 'cut.applied')).toHaveLength(contained.cuts.length);
    const authorities = new Set(
      ofKind(entries, 'cut.authorised').map(({ data }) => data.authority.id),
    );
    expect(authorities).toEqual(new Set(questions.map(({ id }) => id)));
    for (const { id } of contained.identities) {
      const [denied] = story.engine.gate.restrictionsOf(id);
      expect(denied).toBeDefined();
    }
  });

  it('goes on after a death in the middle of a list, and cuts nothing twice', async () => {
    const story = await openWith(open, 12);
    await story.person('jonas').containsAll(refsOf(story), 'isolate');
    await story.pass('1 s');
    for (const question of await questionsIn(story)) await story.person('mia').approves(question);
    story.killAtWrite(6);
    await story.passUntilDead('1 min');
    await story.restart();
    const contained = await story.untilContained('3 min');
    const authorised = ofKind(await story.entries(), 'cut.authorised').map(({ data }) => data.cut);
    expect(authorised.toSorted()).toEqual(contained.cuts.map(({ id }) => id).toSorted());
    const effects = [...story.effectsOn('ci'), ...story.effectsOn('git-host')];
    expect(new Set(effects).size).toBe(effects.length);
  });

  it('gives one of them back while the others stay as they are', async () => {
    const story = await openWith(open, 4);
    await story.person('jonas').containsAll(refsOf(story), 'isolate');
    await story.pass('1 s');
    for (const question of await questionsIn(story)) await story.person('mia').approves(question);
    const { identities, cuts } = await story.untilContained('3 min');
    const [one, other] = identities;
    if (one === undefined || other === undefined) throw new Error('there are several');
    const ofOne = { state: 'open', kind: 'restore' };
    await story.person('jonas').restores(one.id, 'false-alarm');
    await story.person('jonas').restores(other.id, 'false-alarm');
    expect((await story.incident()).decisions).not.toContainEqual(expect.objectContaining(ofOne));
    const after = await story.until(({ status }) => status === 'open', '3 min');
    const restored = after.cuts.filter(({ status }) => status === 'restored');
    const given = new Set(restored.map(({ subject }) => subject.identity));
    expect(given.size).toBe(2);
    const kept = cuts.filter(({ subject }) => !given.has(subject.identity)).length;
    expect(after.cuts.filter(({ status }) => status === 'proven')).toHaveLength(kept);
    expect(story.engine.gate.restrictionsOf(one.id)).toEqual([]);
  });

  it('leaves out, with the reason, what another incident holds and what Firebreak acts with', async () => {
    const story = await openWith(open, 12);
    const leak = story.leak('ci');
    await story.report(leak);
    await story.pass('5 s');
    const [held] = (await story.incident()).identities;
    const own = ['ci:identity:firebreak', ...refsOf(story)];
    await story.person('jonas').containsAll(own, 'isolate');
    await story.pass('1 s');
    const [batch] = (await story.incident()).batches;
    const why = new Map(batch?.left.map((one) => [one.identity, one.why]));
    expect(why.get(held?.id ?? '')).toMatch(/holds it already$/u);
    expect([...why.values()].filter((one) => one.includes('Firebreak acts as'))).toHaveLength(1);
  });
});
