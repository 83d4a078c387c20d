import type { ImportAnswer } from '../../api/contract/index.ts';
import { place, type Command } from '../command.ts';
import { keptText } from './inventory.ts';
import { duration, paint, plain, table } from '../text.ts';

export const connectorCheck: Command = {
  name: 'connector check',
  summary: 'what the account on a target may do, beside the least it needs',
  places: ['TARGET'],
  remote: false,
  options: [{ name: 'config', value: 'FILE', text: 'firebreak.yaml' }],
  run: async (call) => {
    const { checkConnector } = await import('../../app/index.ts');
    const config = call.required('config');
    const report = await checkConnector(place(call, 0), { config });
    call.answer(report, () => {
      const { io } = call;
      const rows = (gaps: typeof report.missing): string =>
        table(gaps.map(({ right, why, remedy }) => [`  ${plain(right)}`, why, plain(remedy)]));
      const isAllowed = report.allowExcessPrivilege ? ' (allowed)' : '';
      return [
        `${paint(io, 'bold', plain(report.target))}: ${report.system}, as ${plain(report.actsAs)}\n`,
        `Least privilege\n${report.leastPrivilege.map((one) => `  ${plain(one)}\n`).join('')}`,
        report.missing.length === 0 ? '' : `Missing\n${rows(report.missing)}`,
        report.excess.length === 0 ? '' : `Too much${isAllowed}\n${rows(report.excess)}`,
        report.ok ? '✔ as it should be\n' : '✖ not as it should be\n',
      ].join('');
    });
    return report.ok ? 0 : 1;
  },
};

export const sync: Command = {
  name: 'sync',
  summary: 'inventory of a target in: identities, credentials, groups, grants, who uses what',
  places: ['TARGET'],
  remote: true,
  options: [
    { name: 'shrink', value: 'SHARE', text: 'the share that may be gone since; 1 = everything' },
  ],
  run: async (call) => {
    const begunMs = call.io.nowMs();
    const target = place(call, 0);
    const path = `/v1/connectors/${encodeURIComponent(target)}/sync`;
    const query = { shrink: call.option('shrink') };
    const answer = await call.client().ask<ImportAnswer>(path, { method: 'POST', query });
    call.answer(answer, () => {
      const { added, changed, unchanged, gone, pending, rejected, rejectedCount } = answer;
      const counts = [
        [plain(target), `${added} added`, `${changed} changed`, `${unchanged} unchanged`].concat(
          `${gone} gone`,
          `${pending} pending`,
          `${rejectedCount} rejected`,
        ),
      ];
      const kept = keptText([answer]);
      const lines = rejected.map(({ line, problem }) => [`  ${line}`, problem]);
      return `${table(counts)}${table(lines)}${kept}in ${duration(call.io.nowMs() - begunMs)}\n`;
    });
    return answer.rejectedCount > 0 ? 1 : 0;
  },
};
