import { LIMITS } from '../kernel/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findExchanges, type DamagedRange } from './exchange.ts';
import { nameEntry, nameRange, type Findings, type NamedEntry } from './findings.ts';
import { createPositionSet } from './position-set.ts';
import { gapsOf, sortSegment, type ReadEntry, type SortedSegment } from './segment.ts';
import { EMPTY_FRONTIER, appendLeaves, frontierRoot, sameHash } from './tree.ts';
import type { Frontier, Hash } from './tree.ts';

/** Where a signed checkpoint ends a segment. */
export interface SignedSegmentEnd {
  readonly size: number;
  readonly root: Hash;
  /** Null when the file does not give the one that was signed. */
  readonly frontier: Frontier | null;
}

/** A gap at the end of a segment: either its last entries are gone, or one before and the rest was renumbered. */
interface Suspicion {
  readonly from: number;
  readonly to: number;
  readonly gap: number;
}

const DAMAGED_KEPT_MAX = 16;

/** Compares the entries between two checkpoints with what was signed. */
export class SegmentChecker {
  readonly #findings: Findings;
  readonly #missing = createPositionSet();
  readonly #early = new Map<number, ReadEntry>();
  readonly #changed: ReadEntry[] = [];
  readonly #damaged: DamagedRange[] = [];
  #expected: Checkpoint | null = null;
  #base = 0;
  /** Tree of the first #base entries; null where it cannot be known. */
  #frontier: Frontier | null = EMPTY_FRONTIER;
  #lines: ReadEntry[] = [];
  #shift = 0;
  #suspicion: Suspicion | null = null;
  /** What the last signed checkpoint covers. */
  #signedSize = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  expect(checkpoint: Checkpoint): void {
    this.#expected = checkpoint;
  }

  read(entry: ReadEntry): void {
    if (this.#suspicion !== null) this.#resolveSuspicion(this.#suspicion, entry);
    this.#lines.push({ ...entry, position: entry.position + this.#shift });
    if (this.#lines.length >= LIMITS.ledgerSegmentEntriesMax) this.#closeSoftly();
  }

  close(end: SignedSegmentEnd): void {
    this.#close(end.size, end);
    this.#signedSize = end.size;
  }

  /** Too long to hold: the lower part is compared, entries with higher positions stay for the next part. */
  #closeSoftly(): void {
    const positions = this.#lines.map(({ position }) => position).toSorted((a, b) => a - b);
    const to = (positions[Math.floor(positions.length * 0.75)] ?? this.#base) + 1;
    const later = this.#lines.filter(({ position }) => position >= to);
    this.#lines = this.#lines.filter(({ position }) => position < to);
    this.#close(Math.max(to, this.#base), null);
    this.#lines = later;
  }

  end(): void {
    const covered = this.#base;
    const last = this.#openEnd();
    if (this.#lines.length > 0 || last > covered) {
      const [from, to] = [this.#signedSize, last - 1];
      const message = `${nameRange(from, to)}: no signed checkpoint covers them`;
      this.#findings.add({ code: 'uncovered', range: { from, to }, message });
      this.#close(last, null);
    } else if (covered > this.#signedSize) {
      const [from, to] = [this.#signedSize, covered - 1];
      const message = `${nameRange(from, to)}: no signed checkpoint covers them`;
      this.#findings.add({ code: 'uncovered', range: { from, to }, message });
    }
    this.#reportMissing();
    this.#reportChanged();
    this.#reportDamaged();
    this.#reportCutOff();
  }

  /** One past the last position that is known of. */
  #openEnd(): number {
    let end = this.#base;
    for (const { position } of this.#lines) end = Math.max(end, position + 1);
    for (const position of this.#early.keys()) end = Math.max(end, position + 1);
    return end;
  }

  #resolveSuspicion({ from, to, gap }: Suspicion, next: ReadEntry): void {
    this.#suspicion = null;
    if (next.position + this.#shift !== to - gap) return;
    this.#shift += gap;
    for (let position = to - gap; position < to; position += 1) this.#missing.remove(position);
    const count = gap === 1 ? 'one entry is' : `${gap} entries are`;
    const message = `${count} missing among ${from} to ${to - 1}, and the rest was renumbered`;
    this.#findings.add({ code: 'missing', range: { from, to: to - 1 }, message });
  }

  #close(to: number, signed: SignedSegmentEnd | null): void {
    const from = this.#base;
    const segment = sortSegment(this.#lines, this.#takeCarried(to), from, to);
    this.#lines = [];
    this.#reportOrder(segment, to);
    this.#keepChanged(segment.inRange);
    const gaps = gapsOf(segment.inRange, from, to);
    for (const gap of gaps) this.#missing.addRange(gap.from, gap.to);
    this.#suspect(segment, gaps, to);
    this.#frontier = this.#checkTree(segment, gaps.length === 0, signed);
    this.#base = to;
  }

  #takeCarried(to: number): readonly ReadEntry[] {
    const carried: ReadEntry[] = [];
    for (const [position, entry] of this.#early) {
      if (position >= to) continue;
      carried.push(entry);
      this.#early.delete(position);
    }
    return carried;
  }

  #reportOrder(segment: SortedSegment, to: number): void {
    for (const [one, other] of segment.swapped) this.#reportSwapped(one, other);
    for (const entry of segment.moved) this.#reportMoved(entry, 'stands in another place');
    for (const [first, again] of segment.repeated) this.#reportRepeated(again, first.line);
    for (const entry of segment.late) {
      if (this.#missing.remove(entry.position)) {
        this.#keepChanged([entry]);
        this.#reportMoved(entry, 'stands too late');
      } else this.#reportRepeated(entry, null);
    }
    for (const entry of segment.early) {
      const first = this.#early.get(entry.position);
      if (first !== undefined) this.#reportRepeated(entry, first.line);
      else if (this.#early.size < LIMITS.ledgerSegmentEntriesMax) {
        this.#early.set(entry.position, entry);
        this.#reportMoved(entry, `stands before the checkpoint of ${to}`);
      }
    }
  }

  #reportSwapped(one: NamedEntry, other: NamedEntry): void {
    const message = `${nameEntry(one)} and ${nameEntry(other)} were exchanged`;
    this.#findings.add({ code: 'reordered', entries: [one, other], message });
  }

  #reportMoved(entry: ReadEntry, where: string): void {
    const message = `${nameEntry(entry)} ${where}, at line ${entry.line}`;
    this.#findings.add({ code: 'reordered', line: entry.line, entries: [entry], message });
  }

  #reportRepeated(entry: ReadEntry, firstLine: number | null): void {
    const before = firstLine === null ? 'before' : `at line ${firstLine}`;
    const message = `${nameEntry(entry)} at line ${entry.line} stood ${before} already`;
    this.#findings.add({ code: 'duplicated', line: entry.line, entries: [entry], message });
  }

  #keepChanged(entries: readonly ReadEntry[]): void {
    for (const entry of entries) {
      if (sameHash(entry.listed, entry.computed)) continue;
      if (this.#changed.length < LIMITS.ledgerFindingsMax) this.#changed.push(entry);
      else this.#findings.add({ code: 'changed', message: `${nameEntry(entry)} was changed` });
    }
  }

  #suspect(
    segment: SortedSegment,
    gaps: readonly { from: number; to: number }[],
    to: number,
  ): void {
    const [gap] = gaps;
    const isTail = gaps.length === 1 && gap?.to === to && segment.early.length === 0;
    this.#suspicion =
      gap !== undefined && isTail ? { from: this.#base, to, gap: to - gap.from } : null;
  }

  /** Answers the tree that the next segment builds on: the signed one if there is one. */
  #checkTree(
    { inRange, early }: SortedSegment,
    isComplete: boolean,
    signed: SignedSegmentEnd | null,
  ): Frontier | null {
    const before = this.#frontier;
    if (before === null || !isComplete) return this.#adopt(signed);
    const entries = inRange.map(({ position, id, listed }) => ({ position, id, leaf: listed }));
    const after = appendLeaves(
      before,
      entries.map(({ leaf }) => leaf),
    );
    if (signed === null) {
      this.#compareExpected(
        before,
        entries.map(({ leaf }) => leaf),
      );
      return after;
    }
    if (sameHash(frontierRoot(after), signed.root)) {
      this.#compareExpected(
        before,
        entries.map(({ leaf }) => leaf),
      );
      return after;
    }
    this.#noteDamaged({ before, root: signed.root, entries }, early.length);
    return this.#adopt(signed);
  }

  #adopt(signed: SignedSegmentEnd | null): Frontier | null {
    if (signed !== null && this.#expected?.size === signed.size) this.#compareRoot(signed.root);
    return signed?.frontier ?? null;
  }

  #noteDamaged(range: DamagedRange, earlyCount: number): void {
    if (this.#damaged.length < DAMAGED_KEPT_MAX) this.#damaged.push(range);
    else this.#reportTree(range);
    // One was put in and all that follow were renumbered: their numbers are corrected from here on.
    if (earlyCount > 0 && this.#early.size === earlyCount) {
      this.#shift -= earlyCount;
      this.#early.clear();
    }
  }

  /** The caller's checkpoint may end inside a segment. */
  #compareExpected(before: Frontier, leaves: readonly Hash[]): void {
    const size = this.#expected?.size ?? -1;
    const isInside = size > before.size && size <= before.size + leaves.length;
    if (!isInside && !(size === 0 && before.size === 0)) return;
    this.#compareRoot(frontierRoot(appendLeaves(before, leaves.slice(0, size - before.size))));
  }

  #compareRoot(root: Hash): void {
    if (this.#expected === null || sameHash(root, this.#expected.root)) return;
    const message = `the first ${this.#expected.size} entries are not those of the checkpoint given`;
    this.#findings.add({ code: 'checkpoint-conflict', message });
  }

  #reportMissing(): void {
    for (const { from, to } of this.#missing.ranges()) {
      const range = { from, to: to - 1 };
      const isTail = to === this.#signedSize;
      const name = nameRange(from, to - 1);
      const message = isTail
        ? `${name}: cut off, the last checkpoint covers ${to} entries`
        : `${name}: missing`;
      this.#findings.add({ code: isTail ? 'cut-off' : 'missing', range, message });
    }
  }

  /** Contents that were exchanged under their hashes are told from contents that were written anew. */
  #reportChanged(): void {
    const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');
    const byListed = new Map(this.#changed.map((entry) => [hex(entry.listed), entry]));
    for (const entry of this.#changed) {
      const source = byListed.get(hex(entry.computed));
      const { line, position } = entry;
      if (source === undefined) {
        const message = `${nameEntry(entry)} was changed: its content is not what was hashed`;
        this.#findings.add({ code: 'changed', line, entries: [entry], message });
      } else if (byListed.get(hex(source.computed)) === entry) {
        if (position < source.position) this.#reportSwapped(entry, source);
      } else {
        const message = `entry ${position} holds the content of entry ${source.position}`;
        this.#findings.add({ code: 'reordered', line, entries: [entry, source], message });
      }
    }
  }

  #reportDamaged(): void {
    const exchanges = findExchanges(this.#damaged);
    const reported = new Set<NamedEntry>();
    for (const range of this.#damaged) {
      const pair = exchanges.get(range);
      if (pair === undefined) this.#reportTree(range);
      // Two ranges name the same pair when it was exchanged between them.
      else if (!reported.has(pair[0])) {
        reported.add(pair[0]);
        this.#reportSwapped(...pair);
      }
    }
  }

  #reportTree({ before, entries }: DamagedRange): void {
    const range = { from: before.size, to: before.size + entries.length - 1 };
    const name = nameRange(range.from, range.to);
    const message =
      `${name}: not what was signed. Entries were rewritten together with their hashes, ` +
      'so which of them cannot be told without an earlier export';
    this.#findings.add({ code: 'tree-mismatch', range, message });
  }

  #reportCutOff(): void {
    const expected = this.#expected;
    if (expected === null || expected.size <= this.#signedSize) return;
    const range = { from: this.#signedSize, to: expected.size - 1 };
    const name = nameRange(range.from, range.to);
    const message = `${name}: cut off, the checkpoint given covers ${expected.size} entries`;
    this.#findings.add({ code: 'cut-off', range, message });
  }
}
