import type { Io } from './io.ts';
import type { ShownGap } from './proof.ts';
import { paint } from './text.ts';

const HOUR_MS = 3_600_000;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** From never to always, for eyes that see no colour too. */
const SHADES = ['·', '░', '▒', '▓', '█'];

/** Uncovered time by local weekday and hour, one number for each of the 168. */
function heatOf(gaps: readonly ShownGap[], zone: string): readonly number[] {
  const heat = Array.from({ length: 7 * 24 }, () => 0);
  for (const gap of gaps) {
    for (const [from, until] of gap.intervals) {
      const untilMs = Date.parse(until);
      for (let atMs = Date.parse(from); atMs < untilMs;) {
        const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
        const hour = local.with({ minute: 0, second: 0, millisecond: 0 }).add({ hours: 1 });
        const endMs = Math.min(untilMs, Math.max(hour.epochMilliseconds, atMs + 1));
        const cell = (local.dayOfWeek - 1) * 24 + local.hour;
        heat[cell] = (heat[cell] ?? 0) + endMs - atMs;
        atMs = endMs;
      }
    }
  }
  return heat;
}

function shade(ms: number, weeks: number): string {
  if (ms === 0) return SHADES[0] ?? '';
  const share = ms / (weeks * HOUR_MS);
  return SHADES[Math.min(4, Math.max(1, Math.ceil(share * 4)))] ?? '';
}

/** A week in the wall time of one zone: how much of each hour has nobody, over all weeks looked at. */
export function heatMap(
  io: Pick<Io, 'colour'>,
  gaps: readonly ShownGap[],
  zone: string,
  spanMs: number,
): string {
  const weeks = Math.max(1, spanMs / (7 * 24 * HOUR_MS));
  const heat = heatOf(gaps, zone);
  const hours = Array.from({ length: 8 }, (_, at) =>
    String(at * 3)
      .padStart(2, '0')
      .padEnd(6),
  );
  const rows = DAYS.map((day, at) => {
    const cells = heat.slice(at * 24, at * 24 + 24).map((ms) => {
      const mark = shade(ms, weeks).repeat(2);
      return ms === 0 ? paint(io, 'dim', mark) : paint(io, 'red', mark);
    });
    return `  ${day}  ${cells.join('')}\n`;
  });
  const legend = `  ${SHADES.join(' ')}  of the hour without anybody, from never to always; ${zone} time\n`;
  return `       ${hours.join('').trimEnd()}\n${rows.join('')}${legend}`;
}
