import type { Charter, LegalClock } from '../charter/model.ts';
import type { LegalClockReading } from '../model.ts';
import type { Roster } from '../roster/model.ts';
import type { Case } from './match.ts';

// The clocks of the law, each in elapsed time from the moment at which it begins.

/** To the same wall time on the n-th working day after; holidays of the jurisdiction are its calendar. */
export function businessDaysMs(
  zone: string,
  holidays: readonly string[],
  fromMs: number,
  days: number,
): number {
  let local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  for (let left = days; left > 0;) {
    local = local.add({ days: 1 });
    const works = local.dayOfWeek <= 5 && !holidays.includes(local.toPlainDate().toString());
    if (works) left -= 1;
  }
  return local.epochMilliseconds - fromMs;
}

interface ClockPlace {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly given: Case;
  readonly beganMs: number;
}

type Due = LegalClockReading['due'][number];

function dueIn(
  { charter, roster, beganMs }: ClockPlace,
  clock: LegalClock,
  jurisdiction: string,
): readonly Due[] {
  const facts = charter.jurisdictionFacts.get(jurisdiction);
  if (facts === undefined) return [];
  return facts.regulators.flatMap((regulator): readonly Due[] => {
    const due = clock.due.get(regulator);
    if (due === undefined) return [];
    if ('elapsedMs' in due) {
      return [{ regulator, jurisdiction, elapsedMs: due.elapsedMs, businessDays: null }];
    }
    const holidays = (roster.holidays.get(jurisdiction) ?? []).map(({ date }) => date);
    const { businessDays } = due;
    const elapsedMs = businessDaysMs(facts.zone, holidays, beganMs, businessDays);
    return [{ regulator, jurisdiction, elapsedMs, businessDays }];
  });
}

/** One clock for each regulator: an unknown jurisdiction means all of them. */
export function readClock(place: ClockPlace, clock: LegalClock): LegalClockReading {
  const { charter, given } = place;
  const places = given.jurisdiction === null ? charter.jurisdictions : [given.jurisdiction];
  return { from: clock.from, due: places.flatMap((one) => dueIn(place, clock, one)) };
}

/** The shortest decides what a share of the clock is; null = no clock is known. */
export function shortestMs(reading: LegalClockReading | null): number | null {
  const lengths = (reading?.due ?? []).flatMap(({ elapsedMs }) => elapsedMs ?? []);
  return lengths.length === 0 ? null : Math.min(...lengths);
}
