import { place, type Command } from '../command.ts';
import { paint, plain } from '../text.ts';

const CONSEQUENCES = [
  ['loosens', 'amber', 'Loosens: more happens, or fewer are asked'],
  ['tightens', 'green', 'Tightens'],
  ['moves', 'blue', 'Moves: somebody or something else'],
] as const;

export const charterDiff: Command = {
  name: 'charter diff',
  summary: 'what another charter would change, in words; exit 1 when something loosens',
  places: ['BEFORE', 'AFTER'],
  remote: false,
  options: [],
  run: async (call) => {
    const { diffCharterFiles } = await import('../../app/index.ts');
    const changes = diffCharterFiles(place(call, 0), place(call, 1));
    call.answer({ changes }, () => {
      if (changes.length === 0) return 'Both say the same.\n';
      return CONSEQUENCES.map(([consequence, tone, title]) => {
        const lines = changes
          .filter((change) => change.consequence === consequence)
          .map(({ about, words }) => `  ${about}: ${plain(words)}\n`);
        return lines.length === 0 ? '' : `${paint(call.io, tone, title)}\n${lines.join('')}`;
      }).join('');
    });
    return changes.some(({ consequence }) => consequence === 'loosens') ? 1 : 0;
  },
};
