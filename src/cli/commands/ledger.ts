import { writeFileSync } from 'node:fs';
import type { CheckpointAnswer } from '../../api/contract/index.ts';
import { FirebreakError, messageOf } from '../../kernel/index.ts';
import { place, type Call, type Command } from '../command.ts';
import { paint, plain, table } from '../text.ts';
import { writeStream } from './write-stream.ts';

export const ledgerExport: Command = {
  name: 'ledger export',
  summary: 'everything sealed, for offline verification',
  places: ['FILE'],
  remote: true,
  options: [],
  run: async (call) => {
    const file = place(call, 0);
    const stream = await call.client().stream('/v1/ledger/export');
    if (file === '-') {
      const text = new TextDecoder();
      for await (const chunk of stream) call.io.out(text.decode(chunk, { stream: true }));
      return 0;
    }
    const bytes = await writeStream(stream, file);
    call.answer({ file, bytes }, () => `${bytes} bytes in ${file}\n`);
    return 0;
  },
};

export const ledgerCheckpoint: Command = {
  name: 'ledger checkpoint',
  summary: 'the latest signed checkpoint, to be kept elsewhere',
  places: ['[FILE]'],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<CheckpointAnswer>('/v1/ledger/checkpoint');
    const [file] = call.places;
    if (file !== undefined) writeNote(file, answer.note);
    call.answer(answer, () =>
      file === undefined ? answer.note : `${answer.size} entries, checkpoint in ${file}\n`,
    );
    return 0;
  },
};

function writeNote(file: string, note: string): void {
  try {
    writeFileSync(file, note);
  } catch (error) {
    throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
  }
}

export const ledgerVerify: Command = {
  name: 'ledger verify',
  summary: 'check an export offline: nothing changed, removed or reordered',
  places: ['FILE'],
  remote: false,
  options: [
    { name: 'key', value: 'FILE', text: 'public key from elsewhere; else the one in the file' },
    {
      name: 'checkpoint',
      value: 'FILE',
      text: 'a checkpoint kept elsewhere: finds a cut-off tail',
    },
  ],
  run: async (call) => {
    const { verifyLedgerFile } = await import('../../app/index.ts');
    const [keyFile, checkpointFile] = [call.option('key'), call.option('checkpoint')];
    const report = await verifyLedgerFile(place(call, 0), {
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(checkpointFile === undefined ? {} : { checkpointFile }),
    });
    call.answer(report, () => reportText(call, report));
    return report.ok ? 0 : 1;
  },
};

interface Report {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly code: string;
    readonly line: number | null;
    readonly message: string;
  }[];
  readonly findingCount: number;
  readonly entryCount: number;
  readonly origin: string | null;
  readonly isKeyGiven: boolean;
}

function reportText({ io }: Call, report: Report): string {
  const { ok, findings, findingCount, entryCount, origin, isKeyGiven } = report;
  const word = ok ? paint(io, 'green', '✔ verified') : paint(io, 'red', '✖ does not verify');
  const head = `${word}: ${entryCount} entries of ${plain(origin ?? 'nobody')}\n`;
  const rows = findings.map(({ code, line, message }) => [
    `  ${code}`,
    line === null ? '' : `line ${line}`,
    message,
  ]);
  const more =
    findingCount > findings.length ? `  and ${findingCount - findings.length} more\n` : '';
  const hint = isKeyGiven
    ? ''
    : 'The key came from the file itself; give yours with --key to know who signed.\n';
  return `${head}${table(rows)}${more}${hint}`;
}
