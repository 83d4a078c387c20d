import { expect, it } from 'vitest';
import type { ConsumerWatch } from '../../src/world/index.ts';
import {
  type Member,
  membersOf,
  MIA,
  openDoors,
  rootOf,
  untilRotation,
} from './harness/rotating.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const SILENT = /cloud-prod/u;

interface Stage {
  readonly story: Story;
  readonly silent: string;
  readonly watch: ConsumerWatch;
}

/** One key opens the other pipelines, each of those keys of the cloud, and those the keys of the code. */
function doorsOf(story: Story): readonly (readonly [Member, Member])[] {
  const [root, ...others] = membersOf(story, 'ci');
  const cloud = membersOf(story, 'cloud-prod');
  if (root === undefined) throw new Error('the world has pipelines');
  const at = (list: readonly Member[], index: number): Member => list[index % list.length] ?? root;
  return [
    ...others.map((other) => [root, other] as const),
    ...cloud.map((one, index) => [at(others, index), one] as const),
    ...membersOf(story, 'git-host').map((one, index) => [at(cloud, index), one] as const),
  ];
}

async function stageOf(open: Parameters<typeof tell>[0]): Promise<Stage> {
  let silent = '';
  const story = await tell(open, {
    targets: [
      { name: 'ci', identities: 7, secretFrom: 'caller' },
      { name: 'cloud-prod', identities: 9 },
      { name: 'git-host', identities: 10 },
    ],
    rotationSettings: { acknowledgeMs: 240_000, quietMs: 45_000, observeMs: 15_000 },
    readers: ({ name, target }) => {
      if (silent !== '' || !SILENT.test(target)) return 20_000;
      silent = name;
      return null;
    },
  });
  await openDoors(story, doorsOf(story));
  expect(story.engine.dependencies.statistics().nodes).toBeGreaterThan(200);
  return { story, silent, watch: story.world.watchConsumers(1_000) };
}

const started = async ({ story }: Stage): Promise<string> => {
  const request = { ref: rootOf(story), emergency: false, dryRun: false, reason: 'yearly' };
  const answer = await story.engine.response.rotate(request, MIA);
  expect(answer).toMatchObject({ outcome: 'started', plan: { withoutStore: [], byHand: [] } });
  return answer.rotation?.id ?? '';
};

tellOnBothStores('a rotation with a consumer that never takes the new credential', (open) => {
  it('stops before it, leaves nobody without a credential, and ends as the person says', async () => {
    const stage = await stageOf(open);
    const { story, silent, watch } = stage;
    const id = await started(stage);
    const stopped = await untilRotation(story, id, ({ status }) => status === 'stopped');
    expect(stopped.question).toMatchObject({ kind: 'missing-acknowledgement' });
    expect(stopped.question?.text).toContain(silent);
    const consumers = stopped.steps.flatMap((step) =>
      step.consumers.map((one) => ({ ...one, step })),
    );
    const waiting = consumers.find((one) => one.name === silent);
    expect(waiting).toMatchObject({ state: 'delivered', step: { status: 'minted' } });
    // Before the wave of the silent one everything is over; nothing of a later wave has begun.
    const statuses = new Set(stopped.steps.map((step) => step.status));
    expect(statuses).toEqual(new Set(['left', 'retired', 'waiting', 'minted']));
    const late = stopped.steps.filter((step) => step.status === 'waiting');
    expect(late.length).toBeGreaterThan(0);
    expect(late.every((step) => step.mintedAt === null)).toBe(true);
    await story.pass('5 min');
    expect((await story.engine.response.rotation(id)).status).toBe('stopped');
    expect(watch.gaps()).toEqual([]);

    await story.engine.response.claimRotated({ rotation: id, consumer: silent }, MIA);
    const claimed = await story.engine.response.rotation(id);
    expect(claimed.status).toBe('stopped');
    const number = claimed.question?.number ?? 0;
    const answer = { rotation: id, question: number, choice: 'leave' as const };
    await story.engine.response.answerRotation(answer, MIA);
    const done = await untilRotation(story, id, ({ status }) => status === 'done');
    const kept = done.steps.filter((step) => step.status === 'kept');
    expect(kept.map((step) => step.consumers.map((one) => one.name))).toEqual([[silent]]);
    expect(watch.gaps()).toEqual([]);
    expect(watch.looks()).toBeGreaterThan(600);
    // Every other consumer works with its new credential, and its old one is dead.
    const renewed = new Set(done.steps.flatMap((step) => step.consumers.map((one) => one.name)));
    const moved = story.world
      .workloads()
      .filter((one) => one.name !== silent && renewed.has(one.name));
    expect(moved.length).toBeGreaterThan(20);
    for (const { target, credential } of moved) {
      const state = story.world.target(target).effective().credentials.get(credential);
      expect(state).toMatchObject({ enabled: true, mintedBy: 'firebreak' });
    }
  });
});
