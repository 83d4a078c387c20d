import { expect, it } from 'vitest';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MANY = 40;

tellOnBothStores('many questions at once', (open) => {
  it('are a few cards; one answer is heard by each as it was shown, and what has changed is asked again', async () => {
    const rules = (nowMs: number): string =>
      decidingCharter()(nowMs).replace(
        'break-glass:',
        '  decisions-a-person: { limit: 12, per: PT10M, blown: batch-then-next-rung }\nbreak-glass:',
      );
    const story = await tell(open, { targets: ['ci'], rules });
    for (let number = 0; number < MANY; number += 1) {
      const kind = number % 2 === 0 ? 'resume' : 'end-exercise';
      await story.person('mia').asks(kind, { number });
    }
    await story.pass('5 s');
    const cards = await story.engine.response.cards({ person: 'dana', state: 'open' });
    expect(cards.length).toBeLessThanOrEqual(12);
    const dealt = cards.flatMap((card) => card.members.map((one) => one.decision));
    expect(new Set(dealt).size).toBe(MANY);
    expect(dealt.length).toBe(MANY);
    const pages = story.pages.filter((page) => page.person === 'dana');
    expect(pages.length).toBeLessThanOrEqual(12 + cards.length);

    // The largest: a small one may be answered with fewer writes than the node dies of.
    const [card] = cards.toSorted((one, other) => other.members.length - one.members.length);
    if (card === undefined) throw new Error('there is a card');
    const { id, digest } = card;
    const answer = { card: id, outcome: 'approve', reason: 'all of them', digest } as const;
    const { response } = story.engine;
    await expect(
      response.answerCard({ ...answer, digest: 'sha256:another' }, { name: 'x', person: 'dana' }),
    ).rejects.toMatchObject({ code: 'decision-digest-changed' });
    await expect(
      response.answerCard(answer, { name: 'person:ola', person: 'ola' }),
    ).rejects.toMatchObject({ code: 'authority-missing' });
    // One of them is answered apart from the others in between.
    const apart = await response.decision(card.members[0]?.decision ?? '');
    await story.person('dana').rejects(apart);
    story.killAtWrite(2);
    void response.answerCard(answer, { name: 'person:dana', person: 'dana' });
    await story.passUntilDead('1 min');
    await story.restart();
    await story.pass('5 s');
    const states = await Promise.all(
      card.members.map(
        async ({ decision }) => (await story.engine.response.decision(decision)).state,
      ),
    );
    expect(states.filter((one) => one === 'rejected')).toHaveLength(1);
    expect(states.filter((one) => one === 'approved')).toHaveLength(card.members.length - 1);
    const [settled] = await story.engine.response.cards({ state: 'settled' });
    expect(settled?.id).toBe(id);
  });
});
