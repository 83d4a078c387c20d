import { expect, it } from 'vitest';
import type { Leak } from '../../src/world/index.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

function accountOf(target: string, identity: string): Leak {
  return { target, identity, credential: 'none', secret: 'none', refs: [] };
}

const ABOUT_IDENTITY = { names: 'identity', withSecret: false } as const;

/** The organisation tells that this identity carries a channel. */
async function carries(
  story: Story,
  target: string,
  identity: string,
  what: string,
): Promise<void> {
  const line = {
    type: 'identity',
    kind: 'bot-user',
    name: identity,
    target,
    refs: [{ system: target, type: 'identity', value: identity }],
    environment: 'prod',
    tags: [`carries:${what}`],
  };
  const report = await story.engine.inventory.importRecords([line], { source: 'organisation' });
  expect(report.rejectedCount).toBe(0);
}

tellOnBothStores('what the response itself lives on', (open) => {
  it('the last administrator of a target is cut by nobody here; one of two may be', async () => {
    const charter = { protectedTargets: [] };
    const story = await tell(open, { targets: ['ci', 'git-host'], charter });
    const mia = story.person('mia');
    const last = mia.contains('git-host:identity:platform-admin', 'suspend');
    await expect(last).rejects.toMatchObject({ code: 'containment-refused' });
    await expect(last).rejects.toThrow(/last administrator of git-host/u);

    // Two people agree to the first; then the other one is the last.
    const one = await mia.contains('ci:identity:platform-admin', 'suspend');
    expect(one.containments.length).toBeGreaterThan(0);
    if (one.decision?.state === 'open') await story.person('dana').approves(one.decision);
    await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'proven'));
    const other = mia.contains('ci:identity:break-glass', 'suspend');
    await expect(other).rejects.toThrow(/last administrator of ci/u);
  });

  it('one way of two in which people answer may be cut', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const { identity } = story.leak('ci');
    await carries(story, 'ci', identity, 'push');
    await story.report(accountOf('ci', identity), ABOUT_IDENTITY);
    const incident = await story.until(({ cuts }) => cuts.length > 0);
    expect(incident.byHand).toEqual([]);
  });

  it('the only way is not', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const { identity } = story.leak('ci');
    story.changeRules((before) => before.replace('depends: [pstn]', 'depends: [internet]'));
    await story.restart();
    await carries(story, 'ci', identity, 'internet');
    await story.report(accountOf('ci', identity), ABOUT_IDENTITY);
    await story.pass('10 min');
    const incident = await story.incident();
    expect(incident.cuts).toEqual([]);
    expect(incident.byHand).toMatchObject([{ status: 'assigned', ownSide: null }]);
    expect(await story.told()).toContain('nothing reaches');
    expect(story.effectsOn('ci')).toEqual([]);
  });
});
