import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a temporary cut', (open) => {
  it('asks when its time is over, holds meanwhile, and is given back by another person', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'ask' } });
    const leak = story.leak('ci');
    const { response } = story.engine;
    const asked = await response.contain(
      {
        ref: `ci:identity:${leak.identity}`,
        stage: 'suspend',
        reason: 'until the build is looked at',
        forMs: 600_000,
        dryRun: false,
      },
      { name: 'person:mia', person: 'mia' },
    );
    expect(asked.outcome).toBe('started');
    const held = await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'proven'));
    expect(held.cuts.at(-1)?.temporaryUntil).not.toBeNull();

    await story.pass('11 min');
    const over = await story.incident();
    const question = present(
      over.decisions.find((one) => one.kind === 'restore'),
      'people are asked when the time is over',
    );
    await story.pass('30 min');
    expect((await story.incident()).cuts.at(-1)?.status).toBe('proven');

    const { digest } = question;
    const back = {
      decision: question.id,
      outcome: 'approve',
      reason: 'looked at',
      digest,
    } as const;
    await response.decide(back, { name: 'person:jonas', person: 'jonas' });
    await story.untilClosed();
    const identity = story.world.target('ci').effective().identities.get(leak.identity);
    expect(identity?.enabled).toBe(true);
  });
});
