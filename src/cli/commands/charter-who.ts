import { dirname, join } from 'node:path';
import { toTimestamp } from '../../kernel/index.ts';
import { place, type Call, type Command } from '../command.ts';
import { plain, paint, table } from '../text.ts';

/** What is read of a resolution; the whole of it is there with --json. */
interface Answer {
  readonly right: string | null;
  readonly holders: readonly { readonly seat: string; readonly person: string }[];
  readonly automaticUpTo: string | null;
  readonly explanation?: readonly string[];
  readonly ladder?: readonly Rung[];
  readonly determining: readonly Rule[];
}
interface Rung {
  readonly seat: string;
  readonly people: readonly string[];
  readonly channels: readonly string[];
  readonly opensAfterMs: number;
  readonly warmAfterMs: number;
  readonly acknowledgeByMs: number | null;
  readonly decideByMs: number | null;
}
interface Rule {
  readonly rule: string;
  readonly effect: string;
  readonly why: string;
}

const ONE = [
  ['identity', 'REF', 'a name of the identity, as the charter protects it'],
  ['kind', 'K', 'kind of the identity'],
  ['severity', 'S', 'sev1 to sev4'],
  ['environment', 'E', 'such as prod'],
  ['jurisdiction', 'J', 'such as DE'],
  ['operator', 'PARTY', 'who runs it'],
  ['confidence', 'C', 'of the signal: weak, medium, strong, proven'],
] as const;

const MANY = [
  ['tag', 'TAG', 'a tag of the identity'],
  ['service', 'NAME', 'a service that it belongs to'],
  ['owner', 'NAME', 'who owns it: a person or a team of the roster'],
  ['signal', 'TYPE', 'what was signalled, such as credential-exposed'],
  ['suspect', 'PERSON', 'as if this person were marked as suspect'],
  ['without', 'CHANNEL', 'as if it were down, or a person were away'],
] as const;

/** `+5:00`, in minutes and seconds from the opening. */
function after(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.round(ms / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const two = (part: number): string => String(part).padStart(2, '0');
  return hours === 0 ? `+${minutes}:${two(rest)}` : `+${hours}:${two(minutes)}:${two(rest)}`;
}

function ladderText(ladder: readonly Rung[]): string {
  const rows = ladder.map((rung) => {
    const empty = rung.people.length === 0;
    return [
      rung.seat,
      empty ? 'nobody' : rung.people.join(', '),
      after(empty ? null : rung.warmAfterMs),
      after(empty ? null : rung.opensAfterMs),
      after(rung.acknowledgeByMs),
      after(rung.decideByMs),
      rung.channels.join(', ') || '-',
    ];
  });
  const head = ['SEAT', 'WHO', 'WARNED', 'ASKED', 'ACKNOWLEDGES BY', 'DECIDES BY', 'OVER'];
  return table([head, ...rows]);
}

function readable(call: Call, at: string, who: Answer): string {
  const right = who.right ?? 'none: nobody holds it';
  const title = paint(call.io, 'bold', plain(`${right}, asked at ${at}`));
  const sentences = (who.explanation ?? []).map((sentence) => `  ${plain(sentence)}\n`).join('');
  const ladder = who.ladder ?? [];
  const rules = who.determining.map(({ rule, effect, why }) => [rule, `${effect}: ${why}`]);
  return [
    `${title}\n\n${sentences}`,
    ladder.length === 0 ? '' : `\n${ladderText(ladder)}`,
    `\n${table([['without asking', who.automaticUpTo ?? 'nothing'], ...rules])}`,
  ].join('');
}

export const charterWho: Command = {
  name: 'charter who',
  summary: 'who decides, under which right, and what happens without asking',
  places: ['FILE'],
  remote: false,
  options: [
    { name: 'decision', value: 'D', text: 'contain, revoke, restore, ...' },
    { name: 'at', value: 'T', text: 'the instant; now by default' },
    { name: 'roster', value: 'FILE', text: 'roster.yaml beside the charter by default' },
    ...ONE.map(([name, value, text]) => ({ name, value, text })),
    ...MANY.map(([name, value, text]) => ({ name, value, text, many: true })),
  ],
  run: async (call) => {
    const { whoDecides } = await import('../../app/index.ts');
    const file = place(call, 0);
    const roster = call.option('roster') ?? join(dirname(file), 'roster.yaml');
    const one = ONE.flatMap(([name]) => {
      const value = call.option(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const at = call.option('at') ?? toTimestamp(call.io.nowMs());
    const who = whoDecides(file, roster, {
      decision: call.required('decision'),
      at,
      ...Object.fromEntries(one),
      tags: call.many('tag'),
      services: call.many('service'),
      owners: call.many('owner'),
      signals: call.many('signal'),
      suspects: call.many('suspect'),
      without: call.many('without'),
    });
    call.answer({ at, ...who }, () => readable(call, at, who));
    return who.holders.length === 0 ? 1 : 0;
  },
};
