import type { ReplayAnswer } from '../../api/contract/index.ts';
import type { Call, Command } from '../command.ts';
import { readText } from '../io.ts';
import { clockTime, duration, paint, plain, table } from '../text.ts';

type Incident = ReplayAnswer['incidents'][number];

function collateralText({ collateral }: Incident): string {
  if (collateral === null) return 'what it breaks is not known';
  const { known, inferred, unknown, services } = collateral;
  const named = services.length === 0 ? '' : `; services ${services.slice(0, 5).join(', ')}`;
  return `breaks ${known} known, ${inferred} inferred, ${unknown} unknown consumers${named}`;
}

function incidentText(call: Call, one: Incident): string {
  const { io } = call;
  const nowMs = io.nowMs();
  const { name, target, at, mandate, cuts, asked, wrong, ceilings } = one;
  const under = mandate === null ? 'no mandate' : `mandate ${mandate.id}, now in ${mandate.mode}`;
  const rows = cuts.map(({ stage, what, afterMs }) => [
    `  would ${stage}`,
    what,
    `after ${duration(afterMs)}`,
  ]);
  const why = ceilings[0]?.why ?? '';
  const lines = [
    `${paint(io, 'bold', clockTime(at, nowMs))}  ${plain(name)} on ${plain(target)}  ${under}\n`,
    table(rows),
    cuts.length === 0 ? `  would cut nothing${why === '' ? '' : `: ${plain(why)}`}\n` : '',
    cuts.length === 0 ? '' : `  ${plain(collateralText(one))}\n`,
    ...asked.map((question) => `  would ask: ${plain(question)}\n`),
    ...wrong.map(({ by, why: reason, afterMs }) => {
      const word = reason === 'all-clear' ? 'all-clear' : 'given back as a false alarm';
      return `  ${paint(io, 'red', 'wrong')}: ${word} by ${plain(by)}, ${duration(Math.max(0, afterMs))} after the cut\n`;
    }),
  ];
  return lines.join('');
}

function reportText(call: Call, report: ReplayAnswer): string {
  const { charter, signals, unattributed, incidents, totals } = report;
  const head = `${signals} signals under ${charter.id} revision ${charter.revision}; ${unattributed} about nobody we know\n`;
  const sum = `${totals.incidents} incidents: ${totals.cut} cut without asking, ${totals.revoked} revoked, ${totals.asked} asked, ${totals.wrong} wrong\n`;
  return `${head}${incidents.map((one) => incidentText(call, one)).join('')}${sum}`;
}

/** A charter ends in .yaml; anything else is signals, one JSON object a line or a list of them. */
function givenIn(call: Call, file: string): object {
  const text = readText(file);
  if (/\.ya?ml$/u.test(file)) return { charter: text };
  try {
    if (text.trimStart().startsWith('[')) return { signals: JSON.parse(text) as unknown }; // the server checks it
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return { signals: lines.map((line): unknown => JSON.parse(line)) };
  } catch {
    return call.usage(`${file} is no charter (.yaml) and no JSON of signals`);
  }
}

export const replay: Command = {
  name: 'replay',
  summary: 'what the mandates would have done with past signals, with nothing written',
  places: ['[FILE]'],
  remote: true,
  options: [
    { name: 'since', value: 'P90D', text: 'stored signals from then on; 90 days by default' },
    { name: 'charter', value: 'FILE', text: 'a charter to try in the place of the one in force' },
  ],
  run: async (call) => {
    const [file] = call.places;
    const [since, charter] = [call.option('since'), call.option('charter')];
    const body = {
      ...(file === undefined ? {} : givenIn(call, file)),
      ...(since === undefined ? {} : { since }),
      ...(charter === undefined ? {} : { charter: readText(charter) }),
    };
    const request = { method: 'POST', body } as const;
    const report = await call.client().ask<ReplayAnswer>('/v1/replay', request);
    call.answer(report, () => reportText(call, report));
    return report.totals.wrong > 0 ? 1 : 0;
  },
};
