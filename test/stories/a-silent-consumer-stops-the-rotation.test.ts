import { expect, it } from 'vitest';
import type { RotationDetail, RotationView } from '../../src/response/index.ts';
import type { ConsumerWatch } from '../../src/world/index.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MIA = { name: 'person:mia', person: 'mia' };
const SILENT = /cloud-prod/u;

interface Stage {
  readonly story: Story;
  readonly root: string;
  readonly silent: string;
  readonly watch: ConsumerWatch;
}

/** One key opens the other pipelines, each of those keys of the cloud, and those the keys of the code. */
function doors(story: Story): readonly string[] {
  const { members } = story.world.organisation;
  const [root, ...others] = members.filter((one) => one.target === 'ci');
  const cloud = members.filter((one) => one.target === 'cloud-prod');
  const code = members.filter((one) => one.target === 'git-host');
  const edge = (from: (typeof members)[number], to: (typeof members)[number]): string => {
    const store = `vault/prod/${to.service.name}/${to.target}/${to.identity}-1`;
    const ends = [`${from.target}:identity:${from.identity}`, `northlake:store:${store}`];
    return JSON.stringify({ type: 'edge', from: ends[0], relation: 'reads', to: ends[1] });
  };
  if (root === undefined) throw new Error('the world has pipelines');
  return [
    ...others.map((other) => edge(root, other)),
    ...cloud.map((one, index) => edge(others[index % others.length] ?? root, one)),
    ...code.map((one, index) => edge(cloud[index % cloud.length] ?? root, one)),
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
  const { inventory, dependencies } = story.engine;
  await inventory.importRecords(doors(story), { source: 'doors' });
  await dependencies.refresh();
  expect(dependencies.statistics().nodes).toBeGreaterThan(200);
  const root = story.world.organisation.members.find((one) => one.target === 'ci')?.identity ?? '';
  const watch = story.world.watchConsumers(1_000);
  return { story, root: `ci:identity:${root}`, silent, watch };
}

async function until(
  { story }: Stage,
  id: string,
  holds: (rotation: RotationView) => boolean,
): Promise<RotationDetail> {
  for (let turn = 0; turn < 60; turn += 1) {
    const rotation = await story.engine.response.rotation(id);
    if (holds(rotation)) return rotation;
    await story.pass('30 s');
  }
  const { sentence, timeline } = await story.engine.response.rotation(id);
  throw new Error([sentence, ...timeline.slice(-30).map((one) => one.text)].join('\n'));
}

const started = async ({ story, root }: Stage): Promise<string> => {
  const request = { ref: root, emergency: false, dryRun: false, reason: 'yearly' };
  const answer = await story.engine.response.rotate(request, MIA);
  expect(answer).toMatchObject({ outcome: 'started', plan: { withoutStore: [], byHand: [] } });
  return answer.rotation?.id ?? '';
};

tellOnBothStores('a rotation with a consumer that never takes the new credential', (open) => {
  it('stops before it, leaves nobody without a credential, and ends as the person says', async () => {
    const stage = await stageOf(open);
    const { story, silent, watch } = stage;
    const id = await started(stage);
    const stopped = await until(stage, id, ({ status }) => status === 'stopped');
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
    const done = await until(stage, id, ({ status }) => status === 'done');
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
