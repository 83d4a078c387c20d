import { heatMap } from './heat-map.ts';
import type { Io } from './io.ts';
import type { ProofFiles, ShownGap, ShownProof } from './proof.ts';
import { duration, paint, plain } from './text.ts';

const TONES = { critical: 'red', gap: 'red', notice: 'amber' } as const;
const MARKS = { critical: '✖', gap: '✖', notice: '▲' } as const;
/** People named for each reason; the JSON form has all. */
const REFUSED_SHOWN = 6;

/** `mia, jonas and 4 more: has no shift then` */
function refusedText({ refused }: ShownGap): string {
  const byWhy = Map.groupBy(refused, ({ why }) => why);
  return [...byWhy]
    .map(([why, list]) => {
      const names = list.slice(0, REFUSED_SHOWN).map(({ person }) => person);
      const more = list.length - names.length;
      return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${why}`;
    })
    .join('; ');
}

function lengthText(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${Math.round(hours / 2.4) / 10} days`;
  return hours >= 1 ? `${Math.round(hours * 10) / 10} h` : duration(ms);
}

function whereText(files: ProofFiles, { file, line, path }: ShownGap): string {
  return `${files[file]}${line === null ? '' : `:${line}`}  ${path}`;
}

function factsText({ facts }: ShownGap): string {
  const parts = Object.entries(facts).flatMap(([name, values]) =>
    values.length === 0 ? [] : [`${name} ${values.slice(0, 4).join(' or ')}`],
  );
  return parts.join(', ');
}

function placeText({ right, rung, seat }: ShownGap): string {
  const parts = [
    ...(seat === null ? [] : [`seat ${seat}`]),
    ...(right === null ? [] : [`right ${right}`]),
    ...(rung === null ? [] : [`rung ${rung + 1}`]),
  ];
  return parts.join(', ');
}

function whenText({ from, until, local, repeats, totalMs }: ShownGap): string {
  const times = repeats === 1 ? 'once' : `${repeats} times`;
  const zones = Object.entries(local).map(([zone, text]) => `${zone} ${text}`);
  const first = `${from.replace('.000Z', 'Z')} to ${until.replace('.000Z', 'Z')}`;
  const walls = zones.length === 0 ? '' : `\n          ${zones.join('\n          ')}`;
  return `${times}, ${lengthText(totalMs)} in all; ${repeats === 1 ? '' : 'first '}${first}${walls}`;
}

function gapText(io: Pick<Io, 'colour'>, files: ProofFiles, gap: ShownGap): string {
  const mark = paint(io, TONES[gap.severity], `${MARKS[gap.severity]} ${gap.severity}`);
  const place = placeText(gap);
  const refused = refusedText(gap);
  const lines = [
    ['when', whenText(gap)],
    ...(place === '' ? [] : [['where', place]]),
    ['cases', factsText(gap)],
    ...(gap.also.length === 0 ? [] : [['also', gap.also.slice(0, 8).join('; ')]]),
    ['refused', refused],
    ['line', whereText(files, gap)],
    ['remedy', gap.remedy],
  ].filter(([, text]) => text !== '');
  const head = `${mark}  ${paint(io, 'bold', plain(gap.cause))}  ${paint(io, 'dim', gap.check)}\n`;
  return (
    head + lines.map(([name = '', text = '']) => `    ${name.padEnd(8)}${plain(text)}\n`).join('')
  );
}

/** A notice is known and has its remedy: one line of each. */
function noticeText(io: Pick<Io, 'colour'>, files: ProofFiles, gap: ShownGap): string {
  const mark = paint(io, TONES.notice, `${MARKS.notice} notice`);
  const where = paint(io, 'dim', whereText(files, gap));
  return `${mark}  ${plain(gap.cause)}  ${where}\n          ${plain(gap.remedy)}\n`;
}

function lastsAll(proof: ShownProof, gap: ShownGap): boolean {
  return gap.from === proof.from && gap.until === proof.until;
}

/** The zone that a reader of these holes lives in, as far as they say; UTC where they do not. */
function zoneOf(gaps: readonly ShownGap[]): string {
  return gaps.flatMap(({ local }) => Object.keys(local))[0] ?? 'UTC';
}

export function proofText(
  io: Pick<Io, 'colour'>,
  files: ProofFiles,
  proof: ShownProof,
  zone: string | undefined,
): string {
  const { gaps, notices, cells, from, until, notChecked } = proof;
  const spanMs = Date.parse(until) - Date.parse(from);
  const timely = gaps.filter((gap) => !lastsAll(proof, gap));
  const parts = gaps.map((gap) => gapText(io, files, gap));
  if (timely.length > 0) parts.push(heatMap(io, timely, zone ?? zoneOf(timely), spanMs));
  if (notices.length > 0) parts.push(notices.map((gap) => noticeText(io, files, gap)).join(''));
  const count = gaps.reduce((sum, { repeats }) => sum + repeats, 0);
  const span = `${from.slice(0, 10)} to ${until.slice(0, 10)}`;
  const last =
    gaps.length === 0
      ? `${paint(io, 'green', '✔')} no gap from ${span}: somebody can decide in each of ${cells} cells\n`
      : `${paint(io, 'red', '✖')} ${count} gap${count === 1 ? '' : 's'} of ${gaps.length} kind${gaps.length === 1 ? '' : 's'} from ${span}, in ${cells} cells\n`;
  const open = notChecked.map(({ check, why }) => `  not checked: ${check}, ${why}\n`).join('');
  return [...parts, last + paint(io, 'dim', open)].join('\n');
}
