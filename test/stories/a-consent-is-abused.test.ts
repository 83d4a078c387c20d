import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { catalogue } from './harness/catalogue.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MIA = { name: 'person:mia', person: 'mia' };

/** The app may act as the other identity. */
async function assumes(story: Story, app: string, other: string): Promise<void> {
  const { inventory, dependencies } = story.engine;
  const [from, to] = [`ci:identity:${app}`, `ci:identity:${other}`];
  const edge = { type: 'edge', from, relation: 'assumes', to, basis: 'declared' };
  expect(await inventory.importRecords([edge], { source: 'map' })).toMatchObject({
    rejectedCount: 0,
  });
  await dependencies.refresh();
}

tellOnBothStores('a consented application that is abused', (open) => {
  it('has every consent of the tenant reviewed, and what it could act as looked at', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const app = { kind: 'oauth-app', credentialKind: 'client-secret' } as const;
    const [abused] = story.world.addMember('ci', { identity: 'mail-merge' });
    for (const identity of ['calendar-sync', 'file-share'])
      await catalogue(story, story.world.addMember('ci', { identity }), app);
    await catalogue(story, story.world.addMember('ci', { identity: 'no-app' }));
    const leak = present(abused, 'the app has a secret');
    await catalogue(story, [leak], app);
    await assumes(story, 'mail-merge', 'no-app');
    await story.report(leak, {
      by: 'detector',
      type: 'privilege-escalation',
      names: 'identity',
      withSecret: false,
    });
    await story.pass('2 min');
    const all = await story.engine.response.incidents({ limit: 10 });
    const { id: incident } = present(all.at(-1), 'an incident was opened');
    const { response } = story.engine;
    const listed = await response.reviews(incident);
    const consents = listed.items.filter((one) => one.review === 'tenant-wide');
    expect(consents.map((one) => one.name).toSorted()).toEqual(['calendar-sync', 'file-share']);
    // Nobody used it: its target was asked, or does not say.
    const downstream = listed.items.filter((one) => one.review === 'downstream');
    expect(downstream.map((one) => [one.name, one.trace])).toContainEqual([
      'no-app',
      expect.stringMatching(/nothing-seen|not-available/u),
    ]);
    // All of a card at once, as it was shown.
    for (const { digest: card } of listed.cards)
      await response.judge({ incident, as: 'benign', reason: 'their logs are clean', card }, MIA);
    expect((await response.reviews(incident)).open).toBe(0);
    expect(await story.told()).toContain('mia has judged benign');
    const titles = (await response.tracks(incident)).flatMap((track) => track.done);
    expect(titles).toContain('review tenant-wide of mail-merge: 2 of 2 with a result');
  });
});
