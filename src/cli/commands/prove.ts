import { dirname, join } from 'node:path';
import { toTimestamp } from '../../kernel/index.ts';
import { oneOf, place, type Command } from '../command.ts';
import { proofAnnotations } from '../prove-github.ts';
import { proofText } from '../prove-text.ts';

const ABSENT = { '0': 0, '1': 1, '2': 2 } as const;

export const charterProve: Command = {
  name: 'charter prove',
  summary: 'prove that somebody can always decide, or show when and why not',
  places: ['FILE'],
  remote: false,
  options: [
    { name: 'roster', value: 'FILE', text: 'roster.yaml beside the charter by default' },
    { name: 'from', value: 'T', text: 'the first instant; now by default' },
    { name: 'for', value: 'P', text: 'how long, such as P90D; P365D by default' },
    {
      name: 'without',
      value: 'NAME',
      many: true,
      text: 'take a person, a channel or what it depends on away',
    },
    { name: 'absent', value: 'N', text: 'any 1 or 2 people may be away at once' },
    { name: 'format', value: 'F', text: 'text, or github for annotations of a pull request' },
    { name: 'zone', value: 'Z', text: 'whose week the heat map shows' },
  ],
  run: async (call) => {
    const { proveCharterFiles } = await import('../../app/index.ts');
    const charter = place(call, 0);
    const roster = call.option('roster') ?? join(dirname(charter), 'roster.yaml');
    const format = oneOf(call, '--format', ['text', 'github'], call.option('format') ?? 'text');
    const absent = oneOf(call, '--absent', ['0', '1', '2'], call.option('absent') ?? '0');
    const proof = proveCharterFiles({
      charterFile: charter,
      rosterFile: roster,
      from: call.option('from') ?? toTimestamp(call.io.nowMs()),
      length: call.option('for') ?? 'P365D',
      without: call.many('without'),
      absent: ABSENT[absent],
    });
    const files = { charter, roster };
    call.answer(proof, () =>
      format === 'github'
        ? proofAnnotations(files, proof)
        : proofText(call.io, files, proof, call.option('zone')),
    );
    return proof.gaps.length === 0 ? 0 : 1;
  },
};
