import type { EvidenceAnswer } from '../../api/contract/index.ts';
import { place, wholeNumber, type Call, type Command } from '../command.ts';
import { clockTime, paint, plain, table } from '../text.ts';
import { writeStream } from './write-stream.ts';

function pathOf(call: Call): string {
  return `/v1/incidents/${encodeURIComponent(place(call, 0))}/evidence`;
}

function evidenceText(call: Call, { hold, items, custody }: EvidenceAnswer): string {
  const nowMs = call.io.nowMs();
  const held =
    hold === null
      ? 'no legal hold\n'
      : `legal hold by ${plain(hold.by)} since ${clockTime(hold.since, nowMs)}: ${plain(hold.reason)}\n`;
  const rows = items.map(({ name, cut, state, sha256, why }) => [
    `  ${name}`,
    state,
    cut,
    sha256 === null ? (why ?? '') : sha256.slice(0, 16),
  ]);
  const chain = custody.map(({ at, actor, text }) => [`  ${clockTime(at, nowMs)}`, actor, text]);
  const listed = rows.length === 0 ? 'nothing was captured\n' : `\nItems\n${table(rows)}`;
  return `${held}${listed}\nChain of custody\n${table(chain)}`;
}

export const evidenceList: Command = {
  name: 'evidence list',
  summary: 'what was captured, what could not be, and who has opened it',
  places: ['INCIDENT'],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<EvidenceAnswer>(pathOf(call));
    call.answer(answer, () => evidenceText(call, answer));
    return 0;
  },
};

const REASON = { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' };

export const evidenceExport: Command = {
  name: 'evidence export',
  summary: 'everything of an incident as one bundle that verifies offline',
  places: ['INCIDENT', 'FILE'],
  remote: true,
  options: [
    REASON,
    {
      name: 'size',
      value: 'N',
      text: 'of the ledger at an earlier checkpoint: the same bytes again',
    },
  ],
  run: async (call) => {
    const size = wholeNumber(call, 'size');
    const reason = call.required('reason');
    const body = size === undefined ? { reason } : { reason, size };
    const request = { method: 'POST', body } as const;
    const stream = await call.client().stream(`${pathOf(call)}/export`, request);
    const file = place(call, 1);
    const bytes = await writeStream(stream, file);
    call.answer({ file, bytes }, () => `${bytes} bytes in ${file}\n`);
    return 0;
  },
};

export const evidenceVerify: Command = {
  name: 'evidence verify',
  summary: 'check a bundle offline: every entry and item as it was recorded',
  places: ['FILE'],
  remote: false,
  options: [
    { name: 'key', value: 'FILE', text: 'public key from elsewhere; else the one in the file' },
  ],
  run: async (call) => {
    const { verifyEvidenceFile } = await import('../../app/index.ts');
    const report = await verifyEvidenceFile(place(call, 0), call.option('key') ?? null);
    call.answer(report, () => {
      const { ok, findings, entryCount, keptCount, itemCount, origin, isKeyGiven } = report;
      const word = ok
        ? paint(call.io, 'green', '✔ verified')
        : paint(call.io, 'red', '✖ does not verify');
      const counts = `${entryCount} entries, ${keptCount} of ${itemCount} items`;
      const rows = findings.map(({ code, line, message }) => [
        `  ${code}`,
        line === null ? '' : `line ${line}`,
        message,
      ]);
      const hint = isKeyGiven
        ? ''
        : 'The key came from the file itself; give yours with --key to know who signed.\n';
      return `${word}: ${counts} of ${plain(origin ?? 'nobody')}\n${table(rows)}${hint}`;
    });
    return report.ok ? 0 : 1;
  },
};

function holdCommand(name: 'hold' | 'release', summary: string): Command {
  return {
    name: `evidence ${name}`,
    summary,
    places: ['INCIDENT'],
    remote: true,
    options: [REASON],
    run: async (call) => {
      const request = { method: 'POST', body: { reason: call.required('reason') } } as const;
      const answer = await call.client().ask<EvidenceAnswer>(`${pathOf(call)}/${name}`, request);
      call.answer(answer, () => evidenceText(call, answer));
      return 0;
    },
  };
}

export const evidenceHold = holdCommand('hold', 'legal hold: nothing of the evidence is deleted');
export const evidenceRelease = holdCommand('release', 'end the legal hold');
