import { present } from '../../../src/kernel/index.ts';
import type { RotationDetail, RotationView } from '../../../src/response/index.ts';
import type { World } from '../../../src/world/index.ts';
import type { Story } from './story.ts';

export const MIA = { name: 'person:mia', person: 'mia' };

export type Member = World['organisation']['members'][number];

export function membersOf(story: Story, target: string): readonly Member[] {
  return story.world.organisation.members.filter((one) => one.target === target);
}

/** From one identity to the store that holds the first credential of another. */
function doorLine(from: Member, to: Member): string {
  const store = `vault/prod/${to.service.name}/${to.target}/${to.identity}-1`;
  return JSON.stringify({
    type: 'edge',
    from: `${from.target}:identity:${from.identity}`,
    relation: 'reads',
    to: `northlake:store:${store}`,
  });
}

export async function openDoors(
  story: Story,
  doors: readonly (readonly [Member, Member])[],
): Promise<void> {
  const lines = doors.map(([from, to]) => doorLine(from, to));
  await story.engine.inventory.importRecords(lines, { source: 'doors' });
  await story.engine.dependencies.refresh();
}

export function rootOf(story: Story): string {
  const root = present(membersOf(story, 'ci')[0], 'the world has pipelines');
  return `ci:identity:${root.identity}`;
}

/** Passes time until it is so; fails with what happened instead. */
export async function untilRotation(
  story: Story,
  id: string,
  holds: (rotation: RotationView) => boolean,
  turns = 60,
): Promise<RotationDetail> {
  for (let turn = 0; turn < turns; turn += 1) {
    const rotation = await story.engine.response.rotation(id);
    if (holds(rotation)) return rotation;
    await story.pass('30 s');
  }
  const { sentence, timeline } = await story.engine.response.rotation(id);
  throw new Error([sentence, ...timeline.slice(-40).map((one) => one.text)].join('\n'));
}
