import { FirebreakError } from '../kernel/index.ts';
import { openCheckpoint, parseVerifierKey, sameCheckpoint } from './checkpoint.ts';
import type { Checkpoint, Verifier } from './checkpoint.ts';
import {
  parseExportLine,
  type CheckpointLine,
  type EntryLine,
  type HeaderLine,
} from './export-line.ts';
import { createFindings, nameEntry, type Findings, type LedgerFinding } from './findings.ts';
import { SegmentChecker, type SignedSegmentEnd } from './segment-checker.ts';
import { frontierRoot, sameHash } from './tree.ts';

export interface VerifyOptions {
  /** A public key from elsewhere. Without it the file is only compared with the key that it names itself. */
  readonly verifierKey?: string;
  /** A signed note that was kept elsewhere: finds a tail that was cut off, and a ledger that was rewritten. */
  readonly checkpoint?: string;
  /** Looks at each entry as it stands, in the order of the file: what is wrong with its content, or null. */
  readonly checkEntry?: (canonical: string) => string | null;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly findings: readonly LedgerFinding[];
  /** All of them, also those beyond the limit of the list. */
  readonly findingCount: number;
  /** Entry lines that were read. */
  readonly entryCount: number;
  /** What the last signed checkpoint covers. */
  readonly size: number;
  /** Its root, base64; null without one. */
  readonly root: string | null;
  readonly checkpoint: string | null;
  readonly origin: string | null;
  readonly verifierKey: string | null;
  /** True when the key came from the caller and not from the file. */
  readonly isKeyGiven: boolean;
}

/**
 * Checks an export offline, in one pass, holding one piece between two checkpoints in memory. Everything that is
 * wrong is a finding; only an unusable key or checkpoint of the caller throws.
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const verifier = new ExportVerifier(options);
  for await (const line of lines) verifier.read(line);
  return verifier.end();
}

function problemOf(error: unknown): string {
  if (error instanceof FirebreakError) return String(error.facts['problem']);
  throw error;
}

class ExportVerifier {
  readonly #findings: Findings = createFindings();
  readonly #given: VerifyOptions;
  readonly #segments: SegmentChecker;
  #verifier: Verifier | null = null;
  #header: HeaderLine | null = null;
  #last: { readonly note: string; readonly checkpoint: Checkpoint } | null = null;
  #line = 0;
  #entryCount = 0;

  constructor(given: VerifyOptions) {
    this.#given = given;
    if (given.verifierKey !== undefined) this.#verifier = parseVerifierKey(given.verifierKey);
    this.#segments = new SegmentChecker(this.#findings);
    if (this.#verifier !== null) this.#expectCheckpoint(this.#verifier);
  }

  /** The caller's own checkpoint is opened with the key that all is judged by. */
  #expectCheckpoint(verifier: Verifier): void {
    const { checkpoint, verifierKey } = this.#given;
    if (checkpoint === undefined) return;
    try {
      this.#segments.expect(openCheckpoint(checkpoint, verifier));
    } catch (error) {
      if (verifierKey !== undefined) throw error;
      // The key is the file's own, so the disagreement is about the file.
      const message = `the checkpoint to compare with is not of this ledger: ${problemOf(error)}`;
      this.#findings.add({ code: 'checkpoint-conflict', message });
    }
  }

  read(text: string): void {
    this.#line += 1;
    if (text === '') return;
    const line = this.#line;
    const parsed = parseExportLine(text);
    if (line === 1 && parsed.type !== 'header') {
      this.#findings.add({ code: 'malformed', line, message: 'line 1 is not the header' });
    }
    switch (parsed.type) {
      case 'header':
        this.#readHeader(parsed);
        break;
      case 'entry':
        this.#entryCount += 1;
        this.#segments.read({ ...parsed, line });
        this.#checkContent(parsed);
        break;
      case 'checkpoint':
        this.#readCheckpoint(parsed);
        break;
      case 'malformed':
        this.#findings.add({ code: 'malformed', line, message: `line ${line}: ${parsed.problem}` });
        break;
    }
  }

  #checkContent({ position, id, canonical }: EntryLine): void {
    const problem = this.#given.checkEntry?.(canonical) ?? null;
    if (problem === null) return;
    const line = this.#line;
    const message = `${nameEntry({ position, id })}: ${problem}`;
    this.#findings.add({ code: 'assertion-wrong', line, entries: [{ position, id }], message });
  }

  #readHeader(header: HeaderLine): void {
    const line = this.#line;
    if (line !== 1) {
      this.#findings.add({ code: 'malformed', line, message: `line ${line} is a second header` });
      return;
    }
    this.#header = header;
    const given = this.#given.verifierKey?.trim();
    if (given !== undefined && given !== header.verifierKey) {
      const message = `the file names the key ${header.verifierKey}, the one given is ${given}`;
      this.#findings.add({ code: 'key-wrong', line, message });
    }
    if (this.#verifier === null) this.#trustHeader(header);
    if (this.#verifier !== null && header.origin !== this.#verifier.name) {
      const message = `the file is of ${header.origin}, the key of ${this.#verifier.name}`;
      this.#findings.add({ code: 'origin-wrong', line, message });
    }
  }

  #trustHeader(header: HeaderLine): void {
    try {
      this.#verifier = parseVerifierKey(header.verifierKey);
    } catch (error) {
      const message = `the key in the header cannot be used: ${problemOf(error)}`;
      this.#findings.add({ code: 'key-wrong', line: this.#line, message });
      return;
    }
    this.#expectCheckpoint(this.#verifier);
  }

  #readCheckpoint(parsed: CheckpointLine): void {
    const line = this.#line;
    const checkpoint = this.#open(parsed);
    if (checkpoint === null || !this.#isNext(checkpoint)) return;
    const frontier = parsed.frontierOf(checkpoint.size);
    const isSigned = frontier !== null && sameHash(frontierRoot(frontier), checkpoint.root);
    if (!isSigned) {
      const message = `line ${line}: the frontier is not the one of the signed root`;
      this.#findings.add({ code: 'malformed', line, message });
    }
    const end: SignedSegmentEnd = {
      size: checkpoint.size,
      root: checkpoint.root,
      frontier: isSigned ? frontier : null,
    };
    this.#segments.close(end);
    this.#last = { note: parsed.note, checkpoint };
  }

  #open({ note }: CheckpointLine): Checkpoint | null {
    if (this.#verifier === null) return null;
    try {
      return openCheckpoint(note, this.#verifier);
    } catch (error) {
      const message = `line ${this.#line}: ${problemOf(error)}`;
      this.#findings.add({ code: 'signature-wrong', line: this.#line, message });
      return null;
    }
  }

  /** Checkpoints only grow; one that repeats the last one adds nothing. */
  #isNext(checkpoint: Checkpoint): boolean {
    const last = this.#last?.checkpoint;
    if (last === undefined || checkpoint.size > last.size) return true;
    const line = this.#line;
    if (checkpoint.size < last.size) {
      const message = `line ${line}: the checkpoint of ${checkpoint.size} stands after the one of ${last.size}`;
      this.#findings.add({ code: 'reordered', line, message });
      return false;
    }
    if (!sameCheckpoint(checkpoint, last)) {
      const message = `line ${line}: two signed checkpoints of ${last.size} entries differ`;
      this.#findings.add({ code: 'checkpoint-conflict', line, message });
    }
    return false;
  }

  end(): VerifyReport {
    if (this.#line === 0) this.#findings.add({ code: 'malformed', message: 'the file is empty' });
    if (this.#last === null) {
      this.#findings.add({
        code: 'cut-off',
        message: 'there is no checkpoint that the key signed',
      });
    }
    this.#segments.end();
    const { checkpoint, note } = this.#last ?? { checkpoint: null, note: null };
    const given = this.#given.verifierKey?.trim();
    const findingCount = this.#findings.count();
    return {
      ok: findingCount === 0,
      findings: this.#findings.list(),
      findingCount,
      entryCount: this.#entryCount,
      size: checkpoint?.size ?? 0,
      root: checkpoint === null ? null : Buffer.from(checkpoint.root).toString('base64'),
      checkpoint: note,
      origin: this.#header?.origin ?? null,
      verifierKey: given ?? this.#header?.verifierKey ?? null,
      isKeyGiven: given !== undefined,
    };
  }
}
