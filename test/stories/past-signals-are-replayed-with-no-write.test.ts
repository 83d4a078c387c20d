import { expect, it } from 'vitest';
import { northlakeCharter } from '../../src/app/index.ts';
import type { Store } from '../../src/store/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

/** Every row of every table. */
async function contentOf(store: Store): Promise<string> {
  const sql =
    store.dialect === 'sqlite'
      ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
      : 'select tablename as name from pg_tables where schemaname = current_schema() order by 1';
  const tables = await store.query({ sql, params: [] });
  expect(tables.length).toBeGreaterThan(10);
  const texts: string[] = [];
  for (const row of tables) {
    const table = String(row['name']);
    // Leases are renewed by the clock of the machine, whoever asks for what.
    if (table === 'ledger_head' || table === 'node') continue;
    const rows = await store.query({ sql: `select * from ${table}`, params: [] });
    texts.push(
      `${table}: ${rows
        .map((one) => JSON.stringify(one))
        .toSorted()
        .join('\n')}`,
    );
  }
  return texts.join('\n');
}

tellOnBothStores('a replay of past signals', (open) => {
  it('says what a shadow mandate would have cut, when, and where it would have been wrong', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { mode: 'shadow' } });
    const leak = story.leak('ci', 'in use');
    await story.report(leak);
    await story.pass('5 min');
    await story.report(leak, { by: 'owner-desk', type: 'all-clear' });
    await story.pass('10 s');
    await story.engine.ledger.sealNow();
    expect(story.effectsOn('ci')).toEqual([]);

    const before = await contentOf(story.store);
    const { response, authority } = story.engine;
    const report = await response.replay({});
    expect(await contentOf(story.store)).toBe(before);

    expect(report.signals).toBe(2);
    const [incident] = report.incidents;
    expect(incident?.mandate).toEqual({ id: 'leaked-credential', mode: 'shadow' });
    expect(incident?.cuts.map(({ guarantee }) => guarantee)).toEqual(['G2', 'G4', 'G5']);
    // At once, after the first window, and after the second.
    expect(incident?.cuts[0]?.afterMs).toBe(0);
    expect(incident?.cuts[1]?.afterMs).toBe(10_000);
    expect(incident?.cuts[2]?.afterMs).toBeGreaterThanOrEqual(40_000);
    expect(incident?.collateral?.known).toBeGreaterThan(0);
    expect(incident?.wrong).toMatchObject([{ by: 'owner-desk', why: 'all-clear' }]);
    expect(report.totals).toEqual({ incidents: 1, cut: 1, revoked: 1, asked: 0, wrong: 1 });
    // The same answer again, and the mandate is in shadow as before.
    expect(await response.replay({})).toEqual(report);
    expect(authority.charter().mandates[0]?.mode).toBe('shadow');
  });

  it('tries signals that were never sent, under another charter, and fuses blow there too', async () => {
    const story = await tell(open, {
      targets: ['ci', 'git-host'],
      charter: { mode: 'shadow', cutsPerHour: 2, revokes: false },
    });
    const leak = story.leak('ci');
    const signal = {
      type: 'credential-exposed',
      refs: [{ system: 'ci', type: 'credential', value: leak.credential }],
      source: 'scanner',
      authenticity: 'signed',
      confidence: 'proven',
    } as const;
    const nobody = { ...signal, refs: [{ system: 'ci', type: 'credential', value: 'no-such' }] };
    const at = (minute: number): string =>
      new Date(story.clock.nowMs() - (60 - minute) * 60_000).toISOString();
    const { response } = story.engine;
    const weak = { ...signal, authenticity: 'unauthenticated', occurredAt: at(0) } as const;
    const report = await response.replay({
      signals: [weak, { ...nobody, occurredAt: at(1) }],
    });
    expect(report).toMatchObject({ signals: 2, unattributed: 1, totals: { cut: 0, asked: 1 } });

    // Two cuts an hour: the second identity would have been asked about.
    const second = story.leak('git-host');
    const also = {
      ...signal,
      refs: [{ system: 'git-host', type: 'credential', value: second.credential }],
    };
    const { incidents } = await response.replay({
      signals: [
        { ...signal, occurredAt: at(3) },
        { ...also, occurredAt: at(5) },
      ],
    });
    expect(incidents.map(({ cuts, asked }) => [cuts.length, asked.length])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(incidents[1]?.ceilings.map(({ by }) => by)).toContain('fuse');

    const mine = northlakeCharter(story.clock.nowMs(), { name: 'northlake', mode: 'shadow' });
    const strict = mine.replaceAll(/upTo: suspend/gu, 'upTo: restrict');
    expect(strict).not.toBe(mine);
    const other = await response.replay({
      signals: [{ ...signal, occurredAt: at(2) }],
      charter: strict,
    });
    expect(other.incidents[0]?.cuts.map(({ guarantee }) => guarantee)).toEqual(['G2']);
    expect(other.charter.digest).not.toBe(report.charter.digest);
    expect(await response.incidents({ limit: 10 })).toEqual([]);
  });
});
