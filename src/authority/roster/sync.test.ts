import { expect, it } from 'vitest';
import { partsForTest } from '../../inventory/testing.ts';
import { describeOnBothStores } from '../../store/testing.ts';
import { authorityMigrations } from '../store.ts';
import type { Store } from '../../store/index.ts';
import { NAME, rosterOf } from './arbitrary.testing.ts';
import type { Roster } from './model.ts';
import { onDuty } from './shifts.ts';
import { looksSecret, rosterAges } from './sources.ts';
import { type FetchCalendar, openRosterSync } from './sync.ts';

const HOUR_MS = 3_600_000;

function file(people: ReadonlyMap<string, string>): Roster {
  const source = {
    name: 'pager',
    ical: 'env:PAGER_CALENDAR',
    roster: NAME,
    maxAgeMs: 12 * HOUR_MS,
    everyMs: HOUR_MS / 4,
    people,
    zones: new Map(),
    zone: null,
  };
  const roster = rosterOf([{ kind: 'always', person: 'jonas' }]);
  return { ...roster, sources: new Map([[source.name, source]]) };
}

const ROSTER = file(
  new Map([
    ['Mia Brandt', 'mia'],
    ['Kim Tran', 'kim'],
  ]),
);

function calendar(name: string): string {
  const times = 'DTSTART:20261201T000000Z\nDTEND:20261203T000000Z';
  return `BEGIN:VCALENDAR\nBEGIN:VEVENT\n${times}\nSUMMARY:${name}\nEND:VEVENT\nEND:VCALENDAR\n`;
}

async function openSync(store: Store) {
  const parts = await partsForTest(store, authorityMigrations);
  const product = { answer: { ok: true, text: calendar('Mia Brandt') }, asked: 0 };
  const fetchCalendar = async (): ReturnType<FetchCalendar> => {
    product.asked += 1;
    await Promise.resolve();
    // The test sets what the product answers.
    return product.answer as Awaited<ReturnType<FetchCalendar>>;
  };
  const open = (roster = ROSTER) => openRosterSync({ ...parts, fetchCalendar }, roster);
  const say = (sync: Awaited<ReturnType<typeof open>>) => ({
    person: onDuty(sync.current(), NAME, parts.clock.nowMs()),
    words: rosterAges(sync.current(), NAME, parts.clock.nowMs())
      .map(({ words }) => words)
      .join(),
  });
  return { parts, product, open, say };
}

describeOnBothStores('a roster from the calendar of an on-call product', (openStore) => {
  it('is what the file says until the calendar has been read', async () => {
    const { open, say } = await openSync(await openStore());
    const sync = await open();
    expect(say(sync)).toEqual({
      person: 'jonas',
      words: 'pager has never been read, so oncall is only what the roster file says',
    });
    await sync.refresh();
    expect(say(sync)).toEqual({
      person: 'mia',
      words: 'oncall is known from pager as of less than a minute ago',
    });
  });

  it('is the last known one when the source is down, also after a restart, and says how old it is', async () => {
    const { parts, product, open, say } = await openSync(await openStore());
    const first = await open();
    await first.refresh();
    product.answer = { ok: false, text: '', problem: 'it did not answer' } as never;
    await parts.clock.advance(14 * HOUR_MS);
    await first.refresh();
    const stale = {
      person: 'mia',
      words: 'oncall is last known from pager 14 hours ago (limit 12 hours): it did not answer',
    };
    expect(say(first)).toEqual(stale);
    const second = await open();
    expect(say(second)).toEqual(stale);
    await parts.clock.advance(HOUR_MS);
    await second.refresh();
    expect(parts.entries.map(({ kind }) => kind)).toEqual([
      'roster.synchronised',
      'roster.source-failed',
    ]);
    product.answer = { ok: true, text: calendar('Kim Tran') };
    await parts.clock.advance(HOUR_MS);
    await second.refresh();
    expect(say(second).person).toBe('kim');
    expect(parts.entries.at(-1)).toMatchObject({
      kind: 'roster.synchronised',
      data: { shifts: 1 },
    });
  });

  it('keeps what it knew when the calendar cannot be understood', async () => {
    const { parts, product, open, say } = await openSync(await openStore());
    const sync = await open();
    await sync.refresh();
    for (const text of ['<html>', calendar('Somebody else'), 'BEGIN:VCALENDAR\nEND:VCALENDAR']) {
      product.answer = { ok: true, text };
      await parts.clock.advance(HOUR_MS);
      await sync.refresh();
      expect(say(sync).person).toBe('mia');
    }
    expect(sync.current().synced?.get(NAME)?.[0]?.problem).toContain('the calendar is empty');
  });

  it('is asked once an interval by all nodes together, and soon again after a failure', async () => {
    const { parts, product, open, say } = await openSync(await openStore());
    const nodes = [await open(), await open()] as const;
    await nodes[0].refresh();
    await nodes[1].refresh();
    expect(product.asked).toBe(1);
    expect(say(nodes[1]).person).toBe('mia');
    product.answer = { ok: false, problem: 'down' } as never;
    await parts.clock.advance(HOUR_MS / 4);
    await nodes[1].refresh();
    await nodes[0].refresh();
    expect(product.asked).toBe(2);
    await parts.clock.advance(60_000);
    await nodes[0].refresh();
    expect(product.asked).toBe(3);
  });

  it('is asked in the background until it is stopped', async () => {
    const { parts, product, open } = await openSync(await openStore());
    const sync = await open();
    sync.start();
    await expect.poll(() => product.asked).toBe(1);
    await expect
      .poll(
        async () => {
          await parts.clock.advance(300_000);
          return product.asked;
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBeGreaterThan(2);
    await sync.stop();
    const { asked } = product;
    await parts.clock.advance(HOUR_MS);
    expect(product.asked).toBe(asked);
  });

  it('is read anew with the names of a changed file, and forgotten when the address has changed', async () => {
    const { open, say } = await openSync(await openStore());
    const first = await open();
    await first.refresh();
    expect(say(await open(file(new Map([['Mia Brandt', 'greta']])))).person).toBe('greta');
    const [source] = [...(ROSTER.sources?.values() ?? [])];
    const moved = { ...ROSTER, sources: new Map([['pager', { ...source, ical: './other.ics' }]]) };
    // The source is there: only its address differs.
    expect(say(await open(moved as Roster)).person).toBe('jonas');
  });
});

it.each([
  ['https://calendar.example/on-call/ir.ics', false],
  ['https://acme.pager.example/private/0123456789abcdef0123456789abcdef/feed/P123', true],
  ['https://calendar.example/ir.ics?key=abc', true],
  ['https://user:word@calendar.example/ir.ics', true],
])('an address such as %s is a secret: %s', (address, expected) => {
  expect(looksSecret(address)).toBe(expected);
});
