import { place, type Command } from '../command.ts';
import { paint } from '../text.ts';

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
          return `${report.file}:${line}:${column}  ${path}: ${problem}${words}\n      ${remedy}\n`;
        })
        .join('');
    });
    return report.ok ? 0 : 1;
  },
};
