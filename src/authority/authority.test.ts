import { expect, it } from 'vitest';
import { partsForTest } from '../inventory/testing.ts';
import { isFirebreakError } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { northlakeRosterText, northlakeText } from './arbitrary.testing.ts';
import { createAuthority } from './authority.ts';
import { fillSeat } from './resolution/seats.ts';
import type { Proof } from './prover/model.ts';
import { proveCoverage, type ProofRequest } from './prover/prove.ts';
import { authorityMigrations } from './store.ts';

/** A year is proven where templates are; here it is only shown beside a proposal. */
const oneDay = (request: ProofRequest): Promise<Proof> =>
  Promise.resolve(proveCoverage({ ...request, untilMs: request.fromMs + 86_400_000 }));

function revision(number: number, cuts = 25): string {
  return northlakeText
    .replace('revision: 7', `revision: ${number}`)
    .replace('limit: 25', `limit: ${cuts}`);
}

async function openAuthority(store: Store) {
  const parts = await partsForTest(store, authorityMigrations);
  const create = (charter: string) =>
    createAuthority({ ...parts, charter, roster: northlakeRosterText, prove: oneDay });
  return { parts, create, authority: await create(northlakeText) };
}

describeOnBothStores('the authority', (open) => {
  it('adopts the first charter at the start, once, on the ledger', async () => {
    const { parts, create } = await openAuthority(await open());
    await create(`# only a comment more\n${northlakeText}`);
    expect(parts.entries.map(({ kind }) => kind)).toEqual(['charter.adopted']);
    expect(parts.entries[0]?.data).toMatchObject({ revision: 7, by: 'start', position: 1 });
  });

  it('keeps what was adopted when the file on disk says something else, and says so', async () => {
    const { parts, create } = await openAuthority(await open());
    const later = await create(revision(8));
    expect(later.charter().revision).toBe(7);
    expect(later.adopted().fileDiffers).toContain('the charter on disk is not what was adopted');
    expect(parts.entries).toHaveLength(1);
  });

  it('lets what was adopted hold when nobody has configured files, also when it asks for no signatures', async () => {
    const { parts } = await openAuthority(await open());
    const create = (charter: string, more: object) =>
      createAuthority({ ...parts, charter, roster: northlakeRosterText, prove: oneDay, ...more });
    const unsigned = revision(8).replace(/^signed: .*$/mu, '');
    await create(unsigned, { adoptFiles: true });
    const builtIn = await create(revision(1), { isBuiltIn: true });
    expect(builtIn.charter().revision).toBe(8);
    expect(builtIn.adopted().fileDiffers).toBeNull();
    expect((await create(revision(9), {})).charter().revision).toBe(9);
  });

  it('adopts a revision when enough people of the charter that holds have signed it', async () => {
    const { parts, authority, create } = await openAuthority(await open());
    const other = await create(northlakeText);
    const { adoption } = authority;
    const { id, changes, proof } = await adoption.propose({ charter: revision(8, 30) }, 'token:a');
    expect(changes.map(({ words }) => words).join()).toContain('fuse automaticCuts');
    expect(proof.gaps).toBe(0);
    const sign = (person: string | null) =>
      adoption.sign(
        id,
        { outcome: 'sign', reason: 'read it' },
        { name: `token:${person}`, person },
      );
    await expect(sign('mia')).rejects.toMatchObject({ code: 'signature-refused' });
    await expect(sign(null)).rejects.toMatchObject({ code: 'signature-refused' });
    expect((await sign('carla')).state).toBe('open');
    await expect(sign('carla')).rejects.toMatchObject({ code: 'proposal-closed' });
    const before = authority.charter().digest;
    expect((await sign('otto')).state).toBe('adopted');
    expect(authority.charter().revision).toBe(8);
    await expect(authority.charterAt(before).then((one) => one?.revision)).resolves.toBe(7);
    await other.refresh();
    expect(other.charter().revision).toBe(8);
    expect((await create(northlakeText)).charter().revision).toBe(8);
    expect(parts.entries.map(({ kind }) => kind.replace('charter.', ''))).toEqual([
      'adopted',
      'proposed',
      'signed',
      'signed',
      'adopted',
    ]);
    await expect(sign('greta')).rejects.toMatchObject({ code: 'proposal-closed' });
    await expect(adoption.propose({ charter: revision(8) }, 'token:a')).rejects.toMatchObject({
      code: 'charter-stale',
    });
  });

  it('completes at the next start what was signed when the node died before it was adopted', async () => {
    const { parts, create } = await openAuthority(await open());
    const dying = await createAuthority({
      ...parts,
      ledger: {
        append: (entries, commands) =>
          entries.some(({ kind }) => kind === 'charter.adopted')
            ? new Promise(() => undefined)
            : parts.ledger.append(entries, commands),
      },
      charter: northlakeText,
      roster: northlakeRosterText,
      prove: oneDay,
    });
    const { adoption } = dying;
    const { id } = await adoption.propose({ charter: revision(8) }, 'token:a');
    const sign = (person: string) =>
      adoption.sign(id, { outcome: 'sign', reason: 'read it' }, { name: 'token', person });
    await sign('carla');
    void sign('otto');
    await expect.poll(() => adoption.proposal(id).then((one) => one.signatures.length)).toBe(2);
    const next = await create(northlakeText);
    expect(next.charter().revision).toBe(7);
    await next.start();
    expect(next.charter().revision).toBe(8);
    expect((await next.adoption.proposal(id)).state).toBe('adopted');
    expect(parts.entries.at(-1)).toMatchObject({ actor: 'machine:adoption' });
    await next.stop();
  });

  it('counts no signature of a suspect, also not one that was made before', async () => {
    const { parts, create } = await openAuthority(await open());
    await create(northlakeText);
    const suspects = new Set<string>();
    const { adoption, charter } = await createAuthority({
      ...parts,
      charter: northlakeText,
      roster: northlakeRosterText,
      prove: oneDay,
      suspects: () => Promise.resolve(suspects),
    });
    const { id } = await adoption.propose({ charter: revision(8) }, 'token:a');
    const sign = (person: string) =>
      adoption.sign(id, { outcome: 'sign', reason: 'read it' }, { name: 'token', person });
    await sign('carla');
    suspects.add('carla');
    expect((await sign('otto')).state).toBe('open');
    suspects.add('greta');
    await expect(sign('greta')).rejects.toMatchObject({ code: 'signature-refused' });
    suspects.delete('greta');
    expect((await sign('greta')).state).toBe('adopted');
    expect(charter().revision).toBe(8);
  });

  it('holds back a revision until it is effective, and one that too many have refused', async () => {
    const { parts, authority } = await openAuthority(await open());
    const { adoption } = authority;
    const answer = (id: string, person: string, outcome: 'sign' | 'refuse') =>
      adoption.sign(id, { outcome, reason: 'because' }, { name: 'token', person });
    const refused = await adoption.propose({ charter: revision(8) }, 'token:a');
    await answer(refused.id, 'carla', 'refuse');
    expect((await answer(refused.id, 'otto', 'refuse')).state).toBe('refused');
    const soon = new Date(parts.clock.nowMs() + 3_600_000).toISOString();
    const text = revision(9).replace('effective: 2026-12-01T00:00:00Z', `effective: ${soon}`);
    const late = await adoption.propose({ charter: text }, 'token:a');
    const rival = await adoption.propose({ charter: revision(10) }, 'token:a');
    await answer(late.id, 'carla', 'sign');
    await answer(late.id, 'greta', 'sign');
    await expect(answer(rival.id, 'carla', 'sign')).rejects.toMatchObject({
      code: 'proposal-closed',
    });
    expect(authority.charter().revision).toBe(7);
    await authority.start();
    await parts.clock.advance(3_600_001);
    await authority.refresh();
    expect(authority.charter().revision).toBe(9);
    await authority.stop();
    expect((await adoption.proposals()).map(({ state }) => state).sort()).toEqual([
      'adopted',
      'outdated',
      'refused',
    ]);
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

  it('remembers what giving back took, the newest of each stage', async () => {
    const { parts, authority } = await openAuthority(await open());
    const atMs = parts.clock.nowMs();
    const took = (guarantee: 'G2' | 'G4', tookMs: number, agoMs: number) =>
      authority.recordRestore({ target: 'git', guarantee, tookMs, atMs: atMs - agoMs });
    for (const commands of [took('G4', 90_000, 9), took('G4', 60_000, 5), took('G2', 1_000, 7)])
      await parts.store.write(commands);
    await parts.store.write(took('G4', 5_000, 8));
    const { rehearsedAt, restoreTimes } = await authority.record('git');
    expect([...restoreTimes]).toEqual([
      ['G2', 1_000],
      ['G4', 60_000],
    ]);
    expect(rehearsedAt).toBeNull();
    expect((await authority.record('ci')).restoreTimes.size).toBe(0);
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
