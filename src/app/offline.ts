import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  checkCharter,
  checkRoster,
  checkRosterFits,
  type CharterProblem,
} from '../authority/index.ts';
import { FirebreakError, isFirebreakError, messageOf } from '../kernel/index.ts';
import { verifyExport, type VerifyOptions, type VerifyReport } from '../ledger/index.ts';

// Commands that need no server: their files are all they know.

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FirebreakError('file-unreadable', { file, problem: messageOf(error) }, error);
  }
}

export async function verifyLedgerFile(
  file: string,
  given: { readonly keyFile?: string; readonly checkpointFile?: string },
): Promise<VerifyReport> {
  const options: VerifyOptions = {
    ...(given.keyFile === undefined ? {} : { verifierKey: readText(given.keyFile).trim() }),
    ...(given.checkpointFile === undefined ? {} : { checkpoint: readText(given.checkpointFile) }),
  };
  const stream = createReadStream(file, 'utf8');
  // A file that is not there is told before its first line is asked for.
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => {
      resolve();
    });
    stream.once('error', (error) => {
      reject(new FirebreakError('ledger-file-unreadable', { file, problem: error.message }, error));
    });
  });
  return await verifyExport(createInterface({ input: stream, crlfDelay: Infinity }), options);
}

export interface CharterReport {
  readonly ok: boolean;
  readonly problems: readonly CharterProblem[];
}

/** With a roster also whether the two fit. */
export function checkCharterFile(file: string, rosterFile: string | null): CharterReport {
  const charter = checkCharter(readText(file));
  if (!charter.ok) return { ok: false, problems: charter.problems };
  if (rosterFile === null) return { ok: true, problems: [] };
  const roster = checkRoster(readText(rosterFile));
  if (!roster.ok) return { ok: false, problems: roster.problems };
  try {
    checkRosterFits(charter.charter, roster.roster);
    return { ok: true, problems: [] };
  } catch (error) {
    if (!isFirebreakError(error, 'charter-invalid')) throw error;
    const { message: problem, remedy } = error;
    const at = { line: 1, column: 1, code: 'unknown-name', path: 'roster', allowed: [] } as const;
    return { ok: false, problems: [{ ...at, problem, remedy }] };
  }
}
