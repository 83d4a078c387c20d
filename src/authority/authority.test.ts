import { expect, it } from 'vitest';
import { partsForTest } from '../inventory/testing.ts';
import { isFirebreakError } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { northlakeRosterText, northlakeText } from './arbitrary.testing.ts';
import { createAuthority } from './authority.ts';
import { fillSeat } from './resolution/seats.ts';
import { authorityMigrations } from './store.ts';

async function openAuthority(store: Store) {
  const parts = await partsForTest(store, authorityMigrations);
  const create = (charter: string) =>
    createAuthority({ ...parts, charter, roster: northlakeRosterText });
  return { parts, create, authority: await create(northlakeText) };
}

describeOnBothStores('the authority', (open) => {
  it('adopts a charter once for each digest, on the ledger', async () => {
    const { parts, create } = await openAuthority(await open());
    await create(`# only a comment more\n${northlakeText}`);
    expect(parts.entries.map(({ kind }) => kind)).toEqual(['charter.adopted']);
    await create(northlakeText.replace('revision: 7', 'revision: 8'));
    await Promise.all(
      [1, 2].map(() => create(northlakeText.replace('revision: 7', 'revision: 9'))),
    );
    expect(parts.entries.map(({ data }) => data['revision'])).toEqual([7, 8, 9]);
  });

  it('keeps no charter with a hole', async () => {
    const { parts, create } = await openAuthority(await open());
    const error: unknown = await create('charter: x').catch((caught: unknown) => caught);
    expect(isFirebreakError(error, 'charter-invalid')).toBe(true);
    expect(parts.entries).toHaveLength(1);
  });

  it('promise 6: counts automatic cuts for its fuses, also when many come at once', async () => {
    const { parts, authority } = await openAuthority(await open());
    const record = async (index: number, source: string): Promise<boolean> => {
      const atMs = parts.clock.nowMs();
      const cut = { cut: `cut_${source}_${index}`, incident: `inc_${index}`, source, atMs };
      try {
        await parts.store.write(authority.recordAutomaticCut(cut));
        return true;
      } catch (error) {
        if (isFirebreakError(error, 'store-conflict')) return false;
        throw error;
      }
    };
    const indexes = Array.from({ length: 10 }, (_, index) => index);
    const sameSource = await Promise.all(indexes.map((index) => record(index, 'scanner')));
    expect(sameSource.filter(Boolean)).toHaveLength(5);
    const known = await authority.record('git');
    expect(known).toMatchObject({ rehearsedAt: null });
    expect(known.automaticCuts).toHaveLength(5);
    await parts.clock.advance(600_001);
    expect(await record(10, 'scanner')).toBe(true);
    await parts.clock.advance(3_600_001);
    expect((await authority.record('git')).automaticCuts).toHaveLength(0);
  });

  it('remembers the last rehearsal of a target', async () => {
    const { parts, authority } = await openAuthority(await open());
    const atMs = parts.clock.nowMs();
    for (const at of [atMs - 5, atMs, atMs - 9]) {
      await parts.store.write(authority.recordRehearsal({ target: 'git', atMs: at }));
    }
    expect((await authority.record('git')).rehearsedAt).toBe(new Date(atMs).toISOString());
    expect((await authority.record('ci')).rehearsedAt).toBeNull();
  });

  it('says from which calendar a person is known, and how old it is', async () => {
    const parts = await partsForTest(await open(), authorityMigrations);
    const roster = `${northlakeRosterText}sources:
  pager: { ical: ./ciso.ics, roster: ciso, maxAge: PT12H }
`;
    const times = 'DTSTART:20261201T000000Z\nDTEND:20261203T000000Z';
    const event = `BEGIN:VEVENT\n${times}\nSUMMARY:On call: Otto Reiner\nEND:VEVENT`;
    const answers = [`BEGIN:VCALENDAR\n${event}\nEND:VCALENDAR\n`];
    const authority = await createAuthority({
      ...parts,
      charter: northlakeText,
      roster,
      fetchCalendar: () => {
        const text = answers.pop();
        const down = { ok: false, problem: 'it did not answer in time' } as const;
        return Promise.resolve(text === undefined ? down : { ok: true, text });
      },
    });
    const ciso = () =>
      fillSeat(
        {
          charter: authority.charter(),
          roster: authority.roster(),
          nowMs: parts.clock.nowMs(),
          owners: [],
          jurisdiction: null,
        },
        'ciso',
      );
    expect(ciso().people).toEqual(['carla']);
    expect(ciso().why).toContain('pager has never been read');
    await authority.refreshRoster();
    expect(ciso().people).toEqual(['otto']);
    expect(ciso().why).toContain('ciso is known from pager as of less than a minute ago');
    await parts.clock.advance(13 * 3_600_000);
    await authority.refreshRoster();
    expect(ciso().people).toEqual(['otto']);
    expect(ciso().why).toContain('13 hours ago (limit 12 hours): it did not answer in time');
  });
});
