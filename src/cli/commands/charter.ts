import { dirname, join } from 'node:path';
import { toTimestamp } from '../../kernel/index.ts';
import { place, type Command } from '../command.ts';
import { duration, paint, table } from '../text.ts';

export const charterCheck: Command = {
  name: 'charter check',
  summary: 'check decision rights: form and meaning, with line and column',
  places: ['FILE'],
  remote: false,
  options: [{ name: 'roster', value: 'FILE', text: 'also check that it fills every seat' }],
  run: async (call) => {
    const { checkCharterFile } = await import('../../app/index.ts');
    const file = place(call, 0);
    const report = checkCharterFile(file, call.option('roster') ?? null);
    call.answer(report, () => {
      if (report.ok) return `${paint(call.io, 'green', '✔')} ${file} is sound\n`;
      return report.problems
        .map(({ line, column, path, problem, allowed, remedy }) => {
          const words = allowed.length === 0 ? '' : ` (one of ${allowed.join(', ')})`;
          return `${file}:${line}:${column}  ${path}: ${problem}${words}\n      ${remedy}\n`;
        })
        .join('');
    });
    return report.ok ? 0 : 1;
  },
};

export const charterWho: Command = {
  name: 'charter who',
  summary: 'who decides, under which right, and what happens without asking',
  places: ['FILE'],
  remote: false,
  options: [
    { name: 'decision', value: 'D', text: 'contain, revoke, restore, ...' },
    { name: 'at', value: 'T', text: 'the instant; now by default' },
    { name: 'roster', value: 'FILE', text: 'roster.yaml beside the charter by default' },
    { name: 'kind', value: 'K', text: 'kind of the identity' },
    { name: 'severity', value: 'S', text: 'sev1 to sev4' },
    { name: 'environment', value: 'E', text: 'such as prod' },
    { name: 'jurisdiction', value: 'J', text: 'such as DE' },
  ],
  run: async (call) => {
    const { whoDecides } = await import('../../app/index.ts');
    const file = place(call, 0);
    const roster = call.option('roster') ?? join(dirname(file), 'roster.yaml');
    const known = ['kind', 'severity', 'environment', 'jurisdiction'] as const;
    const given = known.flatMap((name) => {
      const value = call.option(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const at = call.option('at') ?? toTimestamp(call.io.nowMs());
    const decision = call.required('decision');
    const who = whoDecides(file, roster, { decision, at, ...Object.fromEntries(given) });
    call.answer({ at, ...who }, () => {
      const holders = who.holders.map(({ person, seat }) => `${person} (${seat})`);
      const rows = [
        ['right', who.right ?? 'none: nobody holds it'],
        ['who', holders.length === 0 ? 'nobody' : holders.join(', then ')],
        ['within', who.decideWithinMs === null ? 'no time bound' : duration(who.decideWithinMs)],
        ['without asking', who.automaticUpTo ?? 'nothing'],
        ...who.determining.map(({ rule, why }) => [rule, why]),
      ];
      return table(rows);
    });
    return who.holders.length === 0 ? 1 : 0;
  },
};
