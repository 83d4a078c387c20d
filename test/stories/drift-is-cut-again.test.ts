import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a cut that somebody undoes', (open) => {
  it('is noticed by trying it, applied again and proven again', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.untilContained();
    const { identity, credential } = leak;
    const undo = { verb: 'enable', subject: { identity, credential }, key: null } as const;
    await story.world.control('ci', { ...undo, actor: 'platform-admin' });
    await story.pass('3 s');
    expect(story.world.target('ci').effective().credentials.get(credential)?.enabled).toBe(true);

    await story.until(({ standing }) => !standing.contained);
    await story.untilContained();
    expect(story.world.target('ci').effective().credentials.get(credential)?.enabled).toBe(false);
    const entries = await story.entries();
    const drifted = ofKind(entries, 'cut.drifted');
    expect(drifted.length).toBe(1);
    expect(drifted[0]?.data.by).toContain('platform-admin (enable');
    expect(ofKind(entries, 'incident.uncontained').length).toBe(1);
  });
});
