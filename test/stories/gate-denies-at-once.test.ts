import { expect, it } from 'vitest';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('the gate', (open) => {
  it('denies the leaked credential as soon as the signal was considered, and nobody else', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    const other = story.world.leak('ci', { identity: 'pipeline-search' });
    expect(story.isDeniedAtGate(leak)).toBe(false);
    await story.report(leak);
    await story.engine.runner.idle();
    // No time has passed, and the target has not even made its change known.
    expect(story.isDeniedAtGate(leak)).toBe(true);
    expect(story.isDeniedAtGate(other)).toBe(false);
    expect(story.world.target('ci').effective().credentials.get(leak.credential)?.enabled).toBe(
      true,
    );
  });
});
