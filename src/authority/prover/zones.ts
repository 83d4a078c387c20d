// When clocks change, and who has already changed theirs.

const DAY_MS = 86_400_000;
/** Changes that follow within so many days belong to one season. */
const SEASON_MS = 45 * DAY_MS;

export interface ClockChange {
  readonly zone: string;
  readonly atMs: number;
}

/** `America/New_York` is New York to those who live there. */
export function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

export function offsetMs(zone: string, atMs: number): number {
  return at(zone, atMs).offsetNanoseconds / 1e6;
}

function at(zone: string, atMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
}

/** Where the offset of a zone changes, after `fromMs` and before `untilMs`. */
export function changesOf(zone: string, fromMs: number, untilMs: number): readonly ClockChange[] {
  const found: ClockChange[] = [];
  let here: Temporal.ZonedDateTime | null = at(zone, fromMs);
  while (here !== null) {
    here = here.getTimeZoneTransition('next');
    if (here === null || here.epochMilliseconds >= untilMs) break;
    found.push({ zone, atMs: here.epochMilliseconds });
  }
  return found;
}

export interface Season {
  readonly changed: readonly string[];
  readonly next: string | null;
}

/** Of the season of changes that an instant is in or after: who has changed, and who comes next. */
export function seasonAt(zones: readonly string[], atMs: number): Season | null {
  const around = [...new Set(zones)]
    .flatMap((zone) => changesOf(zone, atMs - 366 * DAY_MS, atMs + SEASON_MS * zones.length))
    .toSorted((left, right) => left.atMs - right.atMs);
  const last = around.findLastIndex((change) => change.atMs <= atMs);
  if (last < 0) return null;
  const gapAfter = (index: number): number =>
    (around[index + 1]?.atMs ?? Infinity) - (around[index]?.atMs ?? 0);
  let first = last;
  while (first > 0 && gapAfter(first - 1) <= SEASON_MS) first -= 1;
  const next = gapAfter(last) <= SEASON_MS ? (around[last + 1]?.zone ?? null) : null;
  return { changed: around.slice(first, last + 1).map(({ zone }) => zone), next };
}

export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

export function seasonText({ changed, next }: Season): string {
  const many = changed.length > 1;
  const done = `${listed(changed.map(cityOf))} ${many ? 'have' : 'has'} changed ${many ? 'their' : 'its'} clocks`;
  return next === null ? done : `${done} and ${cityOf(next)} has not`;
}

/** Pairs of offsets that two zones really have at the same time, within a year on each side. */
export function offsetPairs(
  one: string,
  other: string,
  atMs: number,
): readonly (readonly [number, number])[] {
  const [fromMs, untilMs] = [atMs - 366 * DAY_MS, atMs + 366 * DAY_MS];
  const instants = [one, other]
    .flatMap((zone) => changesOf(zone, fromMs, untilMs))
    .map((change) => change.atMs);
  return [fromMs, ...instants].map((ms) => [offsetMs(one, ms), offsetMs(other, ms)] as const);
}

/** `2027-03-14 18:00 to 19:00`, with the second date when it is another. */
export function wallSpan(zone: string, fromMs: number, untilMs: number): string {
  const text = (ms: number): readonly [string, string] => {
    const local = at(zone, ms);
    return [local.toPlainDate().toString(), local.toPlainTime().toString().slice(0, 5)];
  };
  const [fromDate, fromTime] = text(fromMs);
  const [untilDate, untilTime] = text(untilMs);
  const until = fromDate === untilDate ? untilTime : `${untilDate} ${untilTime}`;
  return `${fromDate} ${fromTime} to ${until}`;
}
