import { expect, it } from 'vitest';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('evidence', (open) => {
  it('is captured, hashed and sealed before the credential is suspended', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const leak = story.leak('ci');
    story.world.attack({ leak, script: 'hold-session' });
    await story.pass('1 s');
    await story.report(leak);
    const incident = await story.untilContained();
    const suspension = incident.cuts.find((cut) => cut.guarantee === 'G4')?.id;
    const entries = await story.entries();
    const recorded = ofKind(entries, 'cut.recorded').find((one) => one.data.cut === suspension);
    const applying = ofKind(entries, 'cut.applying').find((one) => one.data.cut === suspension);
    expect(recorded?.data).toMatchObject({ missed: [], burnt: false });
    expect(recorded?.data.captured.map((item) => item.name)).toEqual([
      'sessions',
      'permissions',
      'configuration',
      'recent-activity',
    ]);
    if (recorded === undefined || applying === undefined) throw new Error('it was suspended');
    expect(entries.indexOf(recorded)).toBeLessThan(entries.indexOf(applying));
    const rows = await story.store.query({
      sql: 'select name, sha256, sealed from evidence where cut = $1 order by id',
      params: [suspension ?? ''],
    });
    expect(rows.map((row) => row['sha256'])).toEqual(
      recorded.data.captured.map((item) => item.sha256),
    );
    for (const row of rows) expect(String(row['sealed'])).not.toContain(leak.identity);
  });

  it('holds a cut no longer than its fuse burns', async () => {
    const settings = { evidenceFuseMs: 20_000 };
    const story = await tell(open, { targets: ['ci'], settings });
    const leak = story.leak('ci');
    story.world.stopWorkloads();
    const reads = { target: 'ci', plane: 'control', operation: 'audit' } as const;
    story.world.faults.add({ ...reads, kind: 'slow', delayMs: 3_600_000 });
    await story.report(leak);
    const holding = await story.until(({ cuts }) =>
      cuts.some((cut) => cut.status === 'holding-evidence'),
    );
    const suspension = holding.cuts.find((cut) => cut.status === 'holding-evidence')?.id;
    // The reduced stage needs no evidence, so nothing holds it.
    expect(story.effectsOn('ci')).toEqual([`reduce ${leak.credential}`]);
    await story.untilContained();
    const entries = await story.entries();
    const held = ofKind(entries, 'cut.holding-evidence').find((one) => one.data.cut === suspension);
    const recorded = ofKind(entries, 'cut.recorded').find((one) => one.data.cut === suspension);
    expect(recorded?.data.captured).toEqual([]);
    expect(recorded?.data.missed.length).toBeGreaterThan(0);
    expect((recorded?.atMs ?? Infinity) - (held?.atMs ?? 0)).toBeLessThanOrEqual(20_000);
  });
});
