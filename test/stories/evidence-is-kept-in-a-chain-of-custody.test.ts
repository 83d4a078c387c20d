import { expect, it } from 'vitest';
import { verifyBundle } from '../../src/response/index.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const MIA = { name: 'person:mia', person: 'mia' };

async function bundleOf(story: Story, size?: number): Promise<readonly string[]> {
  const { id } = await story.incident();
  const reason = 'for the investigators';
  const request = size === undefined ? { reason } : { reason, size };
  const { response } = story.engine;
  return [...(await response.exportEvidence({ incident: id, ...request }, MIA))];
}

tellOnBothStores('evidence of an incident', (open) => {
  it('leaves as one bundle that verifies offline, and that names what was changed in it', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await story.report(story.leak('ci'));
    await story.untilContained();
    const lines = await bundleOf(story);
    const { verifierKey } = story.engine.ledger;
    const report = await verifyBundle(lines, { verifierKey });
    expect(report).toMatchObject({ ok: true, findings: [], keptCount: 4, isKeyGiven: true });

    // Opening it is on record, in the bundle too.
    expect(lines.join('\n')).toContain('"kind":"evidence.opened"');
    // The same size of the ledger gives the same bytes.
    expect(await bundleOf(story, report.size ?? 0)).toEqual(lines);

    const codesOf = async (changed: readonly string[], key = verifierKey): Promise<string[]> => {
      const found = await verifyBundle(changed, { verifierKey: key });
      return [...new Set(found.findings.map(({ code }) => code))];
    };
    const index = lines.findIndex((line) => line.startsWith('{"content"'));
    const swapped = lines.with(
      index,
      (lines[index] ?? '').replace('{"content":"', '{"content":" '),
    );
    expect(await codesOf(swapped)).toEqual(['item-changed', 'item-missing', 'item-unknown']);
    expect(await codesOf(lines.toSpliced(index, 1))).toEqual(['item-missing']);
    expect(await codesOf(lines.toSpliced(3, 1))).toEqual(['entry-missing']);
    const forged = lines.with(1, (lines[1] ?? '').replace('"actor":"', '"actor":"x'));
    expect(await codesOf(forged)).toEqual(['entry-unproven']);
    const other = verifierKey.replace(/^[^+]+/u, 'elsewhere');
    expect(await codesOf(lines, other)).toContain('key');
  });

  it('is deleted when it is old, unless a legal hold keeps it; the record of it stays', async () => {
    const settings = { evidenceRetentionMs: 600_000 };
    const story = await tell(open, { targets: ['ci'], settings });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.untilContained();
    const { id } = await story.incident();
    const { response } = story.engine;
    const held = await response.holdEvidence({ incident: id, hold: true, reason: 'a court' }, MIA);
    expect(held.hold).toMatchObject({ by: 'person:mia', reason: 'a court' });
    // A hold keeps evidence; it keeps nobody's access.
    expect((await story.incident()).standing.contained).toBe(true);
    await story.person('jonas').restores(`ci:identity:${leak.identity}`, 'resolved');
    await story.untilClosed();

    await story.pass('15 min');
    const kept = await response.evidence(id);
    expect(kept.items.map(({ state }) => state)).toEqual(['kept', 'kept', 'kept', 'kept']);
    expect(kept.custody.map(({ kind }) => kind)).toContain('evidence.deletion-refused');

    await response.holdEvidence({ incident: id, hold: false, reason: 'it is settled' }, MIA);
    await story.pass('1 min');
    const gone = await response.evidence(id);
    expect(gone.items.map(({ state }) => state)).toEqual([
      'deleted',
      'deleted',
      'deleted',
      'deleted',
    ]);
    const rows = await story.store.query({ sql: 'select sealed from evidence', params: [] });
    expect(rows.map((row) => row['sealed'])).toEqual(['', '', '', '']);
    const report = await verifyBundle(await bundleOf(story));
    expect(report).toMatchObject({ ok: true, keptCount: 0, itemCount: 4 });
  });
});
