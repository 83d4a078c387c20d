import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  checkCharter,
  checkRoster,
  rosterMisfits,
  type CharterProblem,
} from '../authority/index.ts';
import { FirebreakError, messageOf } from '../kernel/index.ts';
import { verifyExport, type VerifyOptions, type VerifyReport } from '../ledger/index.ts';
import { createApprovalCheck } from '../people/index.ts';
import { type BundleReport, verifyBundle } from '../response/index.ts';

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
    checkEntry: createApprovalCheck(),
    ...(given.keyFile === undefined ? {} : { verifierKey: readText(given.keyFile).trim() }),
    ...(given.checkpointFile === undefined ? {} : { checkpoint: readText(given.checkpointFile) }),
  };
  return await verifyExport(await linesOf(file), options);
}

/** Without a key the bundle is only compared with the key that it names itself. */
export async function verifyEvidenceFile(
  file: string,
  keyFile: string | null,
): Promise<BundleReport> {
  const given = keyFile === null ? {} : { verifierKey: readText(keyFile).trim() };
  return await verifyBundle(await linesOf(file), given);
}

async function linesOf(file: string): Promise<AsyncIterable<string>> {
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
  return createInterface({ input: stream, crlfDelay: Infinity });
}

export interface CharterReport {
  readonly ok: boolean;
  /** Where the problems stand. */
  readonly file: string;
  readonly problems: readonly CharterProblem[];
}

/** With a roster also whether the two fit. */
export function checkCharterFile(file: string, rosterFile: string | null): CharterReport {
  const source = readText(file);
  const charter = checkCharter(source);
  if (!charter.ok) return { ok: false, file, problems: charter.problems };
  if (rosterFile === null) return { ok: true, file, problems: [] };
  const roster = checkRoster(readText(rosterFile));
  if (!roster.ok) return { ok: false, file: rosterFile, problems: roster.problems };
  const problems = rosterMisfits(charter.charter, roster.roster, source);
  return { ok: problems.length === 0, file, problems };
}
