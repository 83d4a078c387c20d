import { expect, it } from 'vitest';
import { northlakeCharter } from '../../src/app/index.ts';
import { ofKind } from './harness/book.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const FUSE_MS = 20_000;

function rules(order: string): (nowMs: number) => string {
  return (nowMs) => {
    const choice = { name: 'northlake', windows: { isolate: 10, revoke: 30 }, cutsPerHour: 50 };
    return `${northlakeCharter(nowMs, { ...choice, evidenceFuseS: FUSE_MS / 1_000 })}
evidence:
  - { id: elsewhere, when: { signal: [vendor-breach] }, order: preserve-first }
  - { id: leaked, when: { signal: [credential-exposed] }, order: ${order} }
`;
  };
}

interface Order {
  readonly captured: number;
  readonly applying: number;
}

async function placesOf(story: Story): Promise<Order> {
  const { cuts } = await story.incident();
  const cut = cuts.find(({ guarantee }) => guarantee === 'G4')?.id;
  const entries = await story.entries();
  const captured = [...ofKind(entries, 'cut.recorded'), ...ofKind(entries, 'evidence.captured')]
    .filter((entry) => entry.data.cut === cut && entry.data.captured.length > 0)
    .map((entry) => entries.indexOf(entry));
  const applying = ofKind(entries, 'cut.applying').filter((entry) => entry.data.cut === cut);
  expect(captured).toHaveLength(1);
  return {
    captured: captured[0] ?? -1,
    applying: entries.findIndex((entry) => entry === applying[0]),
  };
}

tellOnBothStores('the evidence tree of the charter', (open) => {
  it('preserves first, with its own fuse', async () => {
    const story = await tell(open, { targets: ['ci'], rules: rules('preserve-first') });
    await story.report(story.leak('ci'));
    await story.untilContained();
    const { captured, applying } = await placesOf(story);
    expect(captured).toBeLessThan(applying);
    const [held] = ofKind(await story.entries(), 'cut.holding-evidence');
    expect((held?.data.fuseUntilMs ?? 0) - (held?.atMs ?? 0)).toBe(FUSE_MS);
  });

  it.each(['cut-first', 'both-at-once'])('does not wait with %s, and keeps it', async (order) => {
    const story = await tell(open, { targets: ['ci'], rules: rules(order) });
    const leak = story.leak('ci');
    // Evidence takes its time; the cut does not wait for it.
    const slow = { target: 'ci', plane: 'control', operation: 'audit', kind: 'slow' } as const;
    story.world.faults.add({ ...slow, delayMs: 500 });
    await story.report(leak);
    await story.untilContained();
    await story.pass('10 s');
    const { captured, applying } = await placesOf(story);
    expect(applying).toBeLessThan(captured);
    expect(ofKind(await story.entries(), 'cut.holding-evidence')).toEqual([]);
    const { items } = await story.engine.response.evidence((await story.incident()).id);
    expect(items.map(({ state }) => state)).toEqual(['kept', 'kept', 'kept', 'kept']);
  });
});
