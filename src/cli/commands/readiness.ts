import type { ReadinessAnswer } from '../../api/contract/index.ts';
import { wholeNumber, type Call, type Command } from '../command.ts';
import { paint, table } from '../text.ts';

function groupRows(answer: ReadinessAnswer): readonly (readonly string[])[] {
  return answer.groups.map(({ count, target, classes, now, worst, reasons }) => {
    const names = (holders: typeof now.holders): string =>
      holders[0] === undefined ? 'nobody' : `${holders[0].person} (${holders[0].seat})`;
    return [
      `  ${count}`,
      target,
      classes.join(', ') || 'no class',
      `now ${names(now.holders)}`,
      `at ${worst.at.slice(0, 16)}Z ${names(worst.holders)}`,
      reasons.map(({ reason }) => reason).join(', ') || 'ready',
    ];
  });
}

function readinessText({ io }: Call, answer: ReadinessAnswer): string {
  const { identities, ready, share, byReason, groups, cursor } = answer;
  const tone = ready === identities ? 'green' : 'amber';
  const head = `${paint(io, tone, `${Math.floor(share * 1_000) / 10} %`)} of ${identities} identities are ready\n`;
  const remedies = new Map(
    groups.flatMap(({ reasons }) => reasons.map(({ reason, remedy }) => [reason, remedy] as const)),
  );
  const reasons = Object.entries(byReason).map(([reason, count]) => [
    `  ${count}`,
    reason,
    remedies.get(reason) ?? '',
  ]);
  const more = cursor === null ? '' : `  more: --cursor ${cursor}\n`;
  return `${head}${table(reasons)}\n${table(groupRows(answer))}${more}`;
}

export const readiness: Command = {
  name: 'readiness',
  summary: 'which identities could be contained now, and why not the others',
  places: [],
  remote: true,
  options: [
    {
      name: 'reason',
      value: 'R',
      text: 'only those: nobody-decides, no-connector, not-rehearsed, ...',
    },
    { name: 'all', text: 'those that are ready too' },
    { name: 'limit', value: 'N', text: 'groups in one answer; 100 by default' },
    { name: 'cursor', value: 'C', text: 'go on where the last answer ended' },
  ],
  run: async (call) => {
    const limit = wholeNumber(call, 'limit');
    const [reason, cursor] = [call.option('reason'), call.option('cursor')];
    const answer = await call.client().ask<ReadinessAnswer>('/v1/authority/readiness', {
      query: {
        ...(reason === undefined ? {} : { reason }),
        ...(call.flag('all') ? { all: 'true' } : {}),
        ...(limit === undefined ? {} : { limit: String(limit) }),
        ...(cursor === undefined ? {} : { cursor }),
      },
    });
    call.answer(answer, () => readinessText(call, answer));
    return answer.ready === answer.identities ? 0 : 1;
  },
};
