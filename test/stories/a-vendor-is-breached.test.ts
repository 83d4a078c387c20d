import { expect, it } from 'vitest';
import { present, toTimestamp } from '../../src/kernel/index.ts';
import type { ReviewsView } from '../../src/response/index.ts';
import type { Leak } from '../../src/world/index.ts';
import { catalogue, type Entry } from './harness/catalogue.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const GRANT = { kind: 'oauth-app', credentialKind: 'refresh-token' } as const;

async function grant(story: Story, identity: string, entry: Entry = {}): Promise<readonly Leak[]> {
  const leaks = story.world.addMember('ci', { identity });
  await catalogue(story, leaks, { ...GRANT, operator: 'drift', ...entry });
  return leaks;
}

/** Something trusted it, and nobody notes who uses that. */
async function reaches(story: Story, identity: string): Promise<void> {
  const ref = 'northlake:resource:mailbox-archive';
  const resource = { type: 'resource', name: 'mailbox-archive', refs: [ref] };
  const edge = { type: 'edge', from: `ci:identity:${identity}`, relation: 'reaches', to: ref };
  const { inventory, dependencies } = story.engine;
  const lines = [resource, { ...edge, basis: 'declared' }];
  expect(await inventory.importRecords(lines, { source: 'map' })).toMatchObject({
    rejectedCount: 0,
  });
  await dependencies.refresh();
}

async function reviews(story: Story): Promise<ReviewsView> {
  const { id } = await firstIncident(story);
  return await story.engine.response.reviews(id);
}

/** The review belongs to the first; each sibling that is cut has one of its own. */
async function firstIncident(story: Story) {
  const all = await story.engine.response.incidents({ limit: 100 });
  return present(all.at(-1), 'an incident was opened');
}

function itemNamed({ items }: ReviewsView, name: string) {
  return present(
    items.find((one) => one.name === name && one.review !== 'downstream'),
    `the review lists ${name}`,
  );
}

const MIA = { name: 'person:mia', person: 'mia' };
const reason = 'I looked at its log';

interface Breach {
  readonly story: Story;
  readonly leak: Leak;
  readonly incident: string;
  readonly listed: ReviewsView;
}

/** One of four grants of a vendor is reported; a minute later the others are listed. */
async function breach(open: Parameters<typeof tell>[0]): Promise<Breach> {
  const story = await tell(open, {
    targets: ['ci'],
    charter: { revokes: false },
    settings: { reprobeMs: 1_800_000 },
  });
  const [stolen] = await grant(story, 'drift-chat');
  for (const name of ['drift-mail', 'drift-calendar', 'drift-crm']) await grant(story, name);
  await grant(story, 'other-vendor', { operator: 'somebody-else' });
  const leak = present(stolen, 'the grant has a token');
  await reaches(story, 'drift-chat');
  await story.report(leak, { type: 'vendor-breach', names: 'identity', withSecret: false });
  await story.pass('30 s');
  // The cuts come first.
  expect((await reviews(story)).items).toEqual([]);
  await story.pass('1 min');

  const listed = await reviews(story);
  const { id: incident } = await firstIncident(story);
  return { story, leak, incident, listed };
}

tellOnBothStores('a vendor that was breached', (open) => {
  it('has each of its grants reviewed: benign, cut by a plan of its own, or asked', async () => {
    const { story, incident, listed } = await breach(open);
    const siblings = listed.items.filter((one) => one.review === 'same-vendor');
    expect(siblings.map((one) => one.name).toSorted()).toEqual([
      'drift-calendar',
      'drift-crm',
      'drift-mail',
    ]);
    expect(listed.cards.length).toBeLessThanOrEqual(12);
    const { response } = story.engine;
    const one = itemNamed(listed, 'drift-mail');
    const judged = { incident, as: 'benign', reason, items: [one.id] } as const;
    await expect(
      response.judge(judged, { name: 'person:piet', person: 'piet' }),
    ).rejects.toMatchObject({
      code: 'authority-missing',
    });
    await response.judge(judged, MIA);

    // A sibling is cut by its own plan and authority, in an incident of its own.
    const other = itemNamed(listed, 'drift-calendar');
    const cut = await response.judge({ incident, as: 'cut', reason, items: [other.id] }, MIA);
    expect(cut.refused).toEqual([]);
    expect(itemNamed(cut, 'drift-calendar').verdict).toMatchObject({ as: 'cut', by: 'mia' });
    await story.pass('40 s');
    const own = itemNamed(cut, 'drift-calendar').verdict?.incident ?? '';
    expect((await response.incident(own)).standing.contained).toBe(true);

    // The last one is asked about: whoever may decide gets the question.
    const last = itemNamed(listed, 'drift-crm');
    const asked = await story.engine.response.judge(
      { incident, as: 'ask', reason, items: [last.id] },
      MIA,
    );
    expect(itemNamed(asked, 'drift-crm').verdict).toMatchObject({ as: 'asked' });
    const open1 = await story.engine.response.decisions({ kind: 'contain', state: 'open' });
    expect(open1.map((each) => each.incident)).toContain(
      itemNamed(asked, 'drift-crm').verdict?.incident,
    );
  });

  it('is closed when each has a result and what stays has a holder, who is asked again', async () => {
    const { story, leak, incident, listed } = await breach(open);
    const siblings = listed.items.filter((one) => one.review === 'same-vendor');
    const [last, ...others] = siblings.map((one) => one.id);
    await story.engine.response.judge({ incident, as: 'benign', reason, items: others }, MIA);
    await story.person('jonas').restores(`ci:identity:${leak.identity}`, 'resolved');
    await story.pass('3 min');
    const waiting = await story.engine.response.incident(incident);
    expect(waiting.status).toBe('restoring');
    expect(waiting.waitsFor).toContain('review same-vendor: 1 without a result');
    await story.restart();

    // Answered as it was shown.
    const [card] = (await reviews(story)).cards;
    expect(card?.items.map((one) => one.id)).toEqual([last]);
    const answer = { incident, as: 'benign', reason, card: card?.digest ?? '' } as const;
    await story.engine.response.judge(answer, MIA);
    await expect(story.engine.response.judge(answer, MIA)).rejects.toMatchObject({
      code: 'decision-digest-changed',
    });
    await story.pass('10 s');
    const left = await reviews(story);
    expect(left.open).toBe(0);
    expect(left.waitsFor.join()).toContain('long tail');

    // What stays is asked of whoever decides how the business goes on.
    const [question] = await story.engine.response.decisions({ kind: 'business-continuity' });
    expect(question).toMatchObject({ state: 'open', incident });
    const until = toTimestamp(story.clock.nowMs() + 2 * 3_600_000);
    await story.engine.response.takeOver({ incident, keys: [], until, reason: 'mine' }, MIA);
    const closed = await story.engine.response.incident(incident);
    expect(closed.status).toBe('closed');
    expect(closed.decisions.find((each) => each.id === question?.id)?.state).toBe('expired');

    // Its time passes and nobody has ended it: it is asked again.
    await story.pass('3 h');
    const again = await reviews(story);
    expect(again.longTail.filter((each) => each.state === 'overdue').length).toBeGreaterThan(0);
    const [more] = await story.engine.response.decisions({
      kind: 'business-continuity',
      state: 'open',
    });
    expect(more?.incident).toBe(incident);
    const keys = again.longTail.filter((each) => each.ended === null).map((each) => each.key);
    await story.engine.response.endTail({ incident, keys, reason: 'all looked at' }, MIA);
    expect(
      await story.engine.response.decisions({ kind: 'business-continuity', state: 'open' }),
    ).toEqual([]);
  });
});
