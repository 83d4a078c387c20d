import { expect, it } from 'vitest';
import type { RotationDetail } from '../../src/response/index.ts';
import { membersOf, MIA, untilRotation } from './harness/rotating.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const TARGET = 'agent-hub';
const LIFETIME_MS = 600_000;

async function stageOf(open: Parameters<typeof tell>[0]): Promise<Story> {
  return await tell(open, {
    targets: [{ name: TARGET, identities: 1, lifetimeMs: LIFETIME_MS }],
    rotationSettings: { acknowledgeMs: 120_000, quietMs: 15_000, observeMs: 5_000 },
    readers: () => 5_000,
  });
}

function refOf(story: Story): string {
  const [member] = membersOf(story, TARGET);
  return `${TARGET}:identity:${member?.identity ?? ''}`;
}

/** What is in use now, of everything that rotations have put in place of the first ones. */
async function newest(story: Story): Promise<readonly RotationDetail[]> {
  const list = await story.engine.response.rotations({});
  return await Promise.all(list.map(({ id }) => story.engine.response.rotation(id)));
}

tellOnBothStores('a target whose credentials end by themselves', (open) => {
  it('has them renewed in time, again and again, until a person stops it', async () => {
    const story = await stageOf(open);
    const { response } = story.engine;
    const order = { ref: refOf(story), emergency: false, reason: 'from now on short-lived' };
    const { plan } = await response.rotate({ ...order, dryRun: true }, MIA);
    expect(plan.shortLived.length).toBeGreaterThan(0);
    expect(plan.shortLived[0]).toMatchObject({ lifetimeS: LIFETIME_MS / 1_000 });
    const watch = story.world.watchConsumers(1_000);
    const { rotation } = await response.rotate({ ...order, dryRun: false }, MIA);
    const first = await untilRotation(story, rotation?.id ?? '', ({ status }) => status === 'done');
    const renewed = first.steps.filter(({ consumers }) => consumers.length > 0);
    for (const { mintedAt, expiresAt, renewsAt } of renewed) {
      const at = (time: string | null): number => Date.parse(time ?? '');
      expect(at(expiresAt) - at(mintedAt)).toBeGreaterThan(LIFETIME_MS - 5_000);
      expect(at(renewsAt)).toBeLessThan(at(expiresAt));
    }
    // Three lives long nobody stands still, although each of them has ended by then.
    await story.pass('31 min');
    expect(watch.gaps()).toEqual([]);
    const all = await newest(story);
    const [last] = all;
    expect(all.length).toBeGreaterThan(3 * renewed.length);
    expect(last?.openedBy).toMatch(/^rotation:rot_/u);
    const credentials = [...story.world.target(TARGET).effective().credentials.values()];
    const nowMs = story.clock.nowMs();
    const minted = credentials.filter((one) => one.mintedBy === 'firebreak');
    expect(minted.every(({ expiresAtMs }) => expiresAtMs !== null)).toBe(true);
    const live = minted.filter((one) => one.enabled && (one.expiresAtMs ?? 0) > nowMs);
    expect(live.length).toBeGreaterThanOrEqual(renewed.length);

    for (const { id, steps } of all) {
      if (!steps.some(({ renewsAt }) => renewsAt !== null)) continue;
      await response.cancelRotation({ rotation: id, reason: 'no more' }, MIA);
    }
    const count = (await newest(story)).length;
    await story.pass('12 min');
    expect(await newest(story)).toHaveLength(count);
    expect(watch.gaps().length).toBeGreaterThan(0);
  });

  it('gives lasting ones to whom nobody can hand anything over by itself', async () => {
    const story = await tell(open, {
      targets: [{ name: TARGET, identities: 1, lifetimeMs: LIFETIME_MS }],
      readers: () => undefined,
    });
    const order = { ref: refOf(story), emergency: false, dryRun: true, reason: 'to see' };
    const { plan } = await story.engine.response.rotate(order, MIA);
    expect(plan.shortLived).toEqual([]);
    expect(plan.withoutStore.length).toBeGreaterThan(0);
  });
});
