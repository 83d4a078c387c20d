import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const REQUEST = {
  subject: { type: 'identity', id: 'ci:identity:pipeline-search' },
  action: { name: 'read' },
  resource: { type: 'repository', id: 'shop' },
};

tellOnBothStores('a gate that was cut off from the store', (open) => {
  it('denies and says that its view is stale, as its policy wants it', async () => {
    const story = await tell(open, { targets: ['ci'] });
    expect(story.engine.gate.evaluate(REQUEST)).toMatchObject({ decision: true });
    await story.engine.gate.refresh();
    story.kill();
    await story.pass('10 s');
    expect(story.engine.gate.evaluate(REQUEST).decision).toBe(true);
    await story.pass('10 s');
    const { decision, context } = story.engine.gate.evaluate(REQUEST);
    expect(decision).toBe(false);
    expect(context).toMatchObject({ reason: 'stale-view', stale: { policy: 'strict' } });
    expect(context?.stale?.sinceMs).toBeGreaterThan(15_000);
  });
});
