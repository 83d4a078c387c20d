import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../kernel/index.ts';
import { signCheckpoint } from './checkpoint.ts';
import { writeCheckpointLine, writeEntryLine } from './export.ts';
import type { FindingCode } from './findings.ts';
import { createEntriesForTest, createSignerForTest, writeExportForTest } from './testing.ts';
import { EMPTY_FRONTIER, appendLeaves, frontierRoot, leafHash } from './tree.ts';
import { verifyExport, type VerifyReport } from './verify.ts';

const signer = createSignerForTest();
const stranger = createSignerForTest();
const newEntry = createEntriesForTest();
const canonicals = Array.from({ length: 60 }, (_, n) =>
  canonicalJson(newEntry({ n, note: 'ü "' })),
);
const id = (position: number): string =>
  String((JSON.parse(canonicals[position] ?? '{}') as Record<string, unknown>)['id']);

/** 60 entries in batches; returns the lines. */
function exported(batches: readonly number[] = [10, 1, 20, 29]): string[] {
  return writeExportForTest(canonicals, batches, signer);
}
function lineOf(lines: readonly string[], position: number): number {
  return lines.findIndex((line) => line.endsWith(`"position":${position}}`));
}
function codes(report: VerifyReport): readonly FindingCode[] {
  return report.findings.map(({ code }) => code);
}
function named(report: VerifyReport, code: FindingCode): readonly number[] {
  const found = report.findings.filter((finding) => finding.code === code);
  return found
    .flatMap(({ entries }) => entries.map(({ position }) => position))
    .sort((a, b) => a - b);
}
function swapLines(lines: string[], one: number, other: number): void {
  [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
}
/** Writes an entry line with another content; the hash is renewed or left. */
function rewrite(lines: string[], position: number, canonical: string, isRehashed: boolean): void {
  const kept = leafHash(canonicals[position] ?? '');
  const leaf = isRehashed ? leafHash(canonical) : kept;
  lines[lineOf(lines, position)] = writeEntryLine(canonical, leaf, position);
}
function latestNote(size = 60, by = signer): string {
  const root = frontierRoot(appendLeaves(EMPTY_FRONTIER, canonicals.slice(0, size).map(leafHash)));
  return signCheckpoint({ size, root, extensions: [] }, by);
}

describe('a sound export', () => {
  test('verifies, whatever its batches, with and without a key and a checkpoint', async () => {
    const batches = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(batches, async (sizes) => {
        const size = Math.min(
          60,
          sizes.reduce((sum, batch) => sum + batch, 0),
        );
        const kept = [];
        for (let sum = 0; sum < size; sum += kept.at(-1) ?? 0) {
          kept.push(Math.min(sizes[kept.length] ?? 1, size - sum));
        }
        const options = { verifierKey: signer.verifierKey, checkpoint: latestNote(size) };
        expect(await verifyExport(exported(kept), options)).toMatchObject({
          ok: true,
          findings: [],
          entryCount: size,
          size,
          isKeyGiven: true,
        });
        expect(await verifyExport(exported(kept))).toMatchObject({ ok: true, isKeyGiven: false });
      }),
    );
  });

  test('also when the checkpoint to compare with lies between two of the file', async () => {
    for (const size of [0, 1, 5, 10, 11, 37, 60]) {
      const report = await verifyExport(exported(), { checkpoint: latestNote(size) });
      expect(report.findings, `size ${size}`).toEqual([]);
    }
  });

  test('and with more entries between two checkpoints than are held in memory', async () => {
    const many = Array.from({ length: 9_000 }, (_, n) => canonicalJson(newEntry({ n })));
    const lines = writeExportForTest(many, [8_999, 1], signer);
    expect(await verifyExport(lines)).toMatchObject({ ok: true, size: 9_000 });
    swapLines(lines, lineOf(lines, 4_000), lineOf(lines, 8_000));
    expect(named(await verifyExport(lines), 'reordered')).toEqual([4_000, 8_000]);
  });
});

describe('damage is found and named', () => {
  const positions = fc.integer({ min: 0, max: 59 });
  const pairs = fc
    .tuple(positions, positions)
    .filter(([one, other]) => one !== other)
    .map(([one, other]) => (one < other ? ([one, other] as const) : ([other, one] as const)));

  test('a changed entry', async () => {
    await fc.assert(
      fc.asyncProperty(positions, fc.nat(), async (position, at) => {
        const lines = exported();
        const text = canonicals[position] ?? '';
        const index = text.indexOf('"ü') + 1 + (at % 3);
        const changed = `${text.slice(0, index)}x${text.slice(index)}`;
        rewrite(lines, position, changed, false);
        const report = await verifyExport(lines);
        expect(codes(report)).toEqual(['changed']);
        expect(report.findings[0]?.entries[0]?.position).toBe(position);
        // Unless the change broke the JSON, the id is named as well.
        expect([id(position), null]).toContain(report.findings[0]?.entries[0]?.id);
      }),
    );
  });

  test('a deleted entry, or a deleted run', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([from, to]) => {
        const lines = exported([10, 1, 20, 29]);
        const gone = new Set<string>();
        for (let at = from; at <= to; at += 1) gone.add(lines[lineOf(lines, at)] ?? '');
        const report = await verifyExport(lines.filter((line) => !gone.has(line)));
        expect(report.ok).toBe(false);
        expect(codes(report)).toEqual([to === 59 ? 'cut-off' : 'missing']);
        expect(report.findings[0]?.range).toEqual({ from, to });
      }),
    );
  });

  test('two exchanged lines, both named', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([one, other]) => {
        const lines = exported();
        swapLines(lines, lineOf(lines, one), lineOf(lines, other));
        const report = await verifyExport(lines);
        expect(new Set(codes(report))).toEqual(new Set(['reordered']));
        expect(named(report, 'reordered')).toEqual([one, other]);
      }),
    );
  });

  test('two exchanged contents under their old hashes, both named', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([one, other]) => {
        const lines = exported();
        rewrite(lines, one, canonicals[other] ?? '', false);
        rewrite(lines, other, canonicals[one] ?? '', false);
        const report = await verifyExport(lines);
        expect(codes(report)).toEqual(['reordered']);
        expect(named(report, 'reordered')).toEqual([one, other]);
      }),
    );
  });

  test('two exchanged and renumbered entries, both named', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([one, other]) => {
        const lines = exported();
        rewrite(lines, one, canonicals[other] ?? '', true);
        rewrite(lines, other, canonicals[one] ?? '', true);
        const report = await verifyExport(lines);
        expect(codes(report)).toEqual(['reordered']);
        expect(named(report, 'reordered')).toEqual([one, other]);
      }),
      { numRuns: 60 },
    );
  });

  test('a repeated line', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([one, other]) => {
        const lines = exported();
        lines.splice(lineOf(lines, other), 0, lines[lineOf(lines, one)] ?? '');
        const report = await verifyExport(lines);
        expect(codes(report)).toEqual(['duplicated']);
        expect(named(report, 'duplicated')).toEqual([one]);
      }),
    );
  });

  test('an entry that was rewritten with its hash: the range between two checkpoints', async () => {
    await fc.assert(
      fc.asyncProperty(positions, async (position) => {
        const lines = exported([10, 10, 10, 10, 10, 10]);
        rewrite(lines, position, canonicalJson({ id: id(position), data: 'other' }), true);
        const report = await verifyExport(lines);
        const from = position - (position % 10);
        expect(codes(report)).toEqual(['tree-mismatch']);
        expect(report.findings[0]?.range).toEqual({ from, to: from + 9 });
      }),
    );
  });

  test('two rewritten entries in different ranges: both ranges', async () => {
    const lines = exported([10, 10, 10, 10, 10, 10]);
    rewrite(lines, 12, '{"id":"x"}', true);
    rewrite(lines, 47, '{"id":"y"}', true);
    const report = await verifyExport(lines);
    expect(report.findings.map(({ range }) => range)).toEqual([
      { from: 10, to: 19 },
      { from: 40, to: 49 },
    ]);
  });

  test('a deleted entry when all that follow were renumbered: the range', async () => {
    for (const [gone, from, to] of [
      [3, 0, 9],
      [10, 10, 10],
      [25, 11, 30],
    ] as const) {
      const kept = canonicals.toSpliced(gone, 1);
      const lines = exported();
      lines.splice(lineOf(lines, gone), 1);
      for (let at = 0, next = 0; at < lines.length; at += 1) {
        if (!lines[at]?.startsWith('{"entry"')) continue;
        const canonical = kept[next] ?? '';
        lines[at] = writeEntryLine(canonical, leafHash(canonical), next);
        next += 1;
      }
      const report = await verifyExport(lines);
      expect(codes(report)).toEqual(['missing']);
      expect(report.findings[0]?.range).toEqual({ from, to });
    }
  });

  test('an entry that was put in when all that follow were renumbered: the range', async () => {
    const put = canonicals.toSpliced(15, 0, '{"id":"forged"}');
    const lines = exported();
    lines.splice(lineOf(lines, 15), 0, '{"entry"');
    for (let at = 0, next = 0; at < lines.length; at += 1) {
      if (!lines[at]?.startsWith('{"entry"')) continue;
      const canonical = put[next] ?? '';
      lines[at] = writeEntryLine(canonical, leafHash(canonical), next);
      next += 1;
    }
    const report = await verifyExport(lines);
    const tree = report.findings.filter(({ code }) => code === 'tree-mismatch');
    expect(tree.map(({ range }) => range)).toEqual([{ from: 11, to: 30 }]);
  });
});

describe('the end of the ledger', () => {
  test('a file cut at any line is found, at a checkpoint with a later checkpoint', async () => {
    const whole = exported();
    for (let length = 0; length < whole.length; length += 1) {
      const lines = whole.slice(0, length);
      const report = await verifyExport(lines, {
        verifierKey: signer.verifierKey,
        checkpoint: latestNote(),
      });
      expect(report.ok, `${length} lines`).toBe(false);
      expect(codes(report), `${length} lines`).toContain('cut-off');
    }
  });

  test('entries that no checkpoint covers are named', async () => {
    const report = await verifyExport(exported().slice(0, -1));
    expect(codes(report)).toEqual(['uncovered']);
    expect(report.findings[0]?.range).toEqual({ from: 31, to: 59 });
  });

  test('another ledger with the same key conflicts with the checkpoint kept', async () => {
    const others = canonicals.with(4, canonicalJson(newEntry()));
    const lines = writeExportForTest(others, [60], signer);
    expect((await verifyExport(lines)).ok).toBe(true);
    for (const size of [5, 60]) {
      const report = await verifyExport(lines, { checkpoint: latestNote(size) });
      expect(codes(report)).toEqual(['checkpoint-conflict']);
    }
    expect((await verifyExport(lines, { checkpoint: latestNote(4) })).ok).toBe(true);
  });

  test('checkpoints that are swapped, or differ in one size', async () => {
    const lines = exported([10, 50]);
    swapLines(lines, 11, lines.length - 1);
    expect((await verifyExport(lines)).ok).toBe(false);
    const forked = exported([60]);
    const root = leafHash('other');
    const note = signCheckpoint({ size: 60, root, extensions: [] }, signer);
    forked.push(writeCheckpointLine(note, []));
    expect(codes(await verifyExport(forked))).toContain('checkpoint-conflict');
  });
});

describe('keys and signatures', () => {
  test('everything signed anew by a stranger is refused with the true key', async () => {
    const lines = writeExportForTest(canonicals, [60], stranger);
    expect((await verifyExport(lines)).ok).toBe(true);
    const report = await verifyExport(lines, { verifierKey: signer.verifierKey });
    expect(codes(report)).toEqual(expect.arrayContaining(['key-wrong', 'signature-wrong']));
  });

  test('any changed character of a signed note is refused', async () => {
    const lines = exported([60]);
    const last = lines.length - 1;
    const text = lines[last] ?? '';
    const end = text.indexOf('","frontier"');
    for (let at = 15; at < end; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const report = await verifyExport(
        lines.with(last, text.slice(0, at) + other + text.slice(at + 1)),
      );
      expect(report.ok, `character ${at}`).toBe(false);
    }
  });

  test('a wrong origin in the header is named', async () => {
    const lines = exported([60]);
    const header = lines[0]?.replace('"origin":"test.example/ledger"', '"origin":"other"') ?? '';
    expect(codes(await verifyExport(lines.with(0, header)))).toEqual(['origin-wrong']);
  });

  test('a wrong frontier is named, and the entries still verify', async () => {
    const lines = exported([10, 50]);
    lines[11] = lines[11]?.replace(/"frontier":\[.*\]/u, '"frontier":[]') ?? '';
    const report = await verifyExport(lines);
    expect(codes(report)).toEqual(['malformed']);
    expect(report.findings[0]?.line).toBe(12);
  });

  test('an unusable key or checkpoint of the caller throws', async () => {
    await expect(verifyExport(exported(), { verifierKey: 'nonsense' })).rejects.toThrow('key');
    await expect(
      verifyExport(exported(), { verifierKey: signer.verifierKey, checkpoint: 'nonsense' }),
    ).rejects.toThrow('note');
  });
});

describe('any bytes', () => {
  test('malformed lines are named by their number', async () => {
    for (const line of [
      'nonsense',
      '{}',
      '[]',
      'null',
      '{"entry":{},"position":1}',
      '{"entry":[',
    ]) {
      const lines = exported();
      lines.splice(5, 0, line);
      const report = await verifyExport(lines);
      expect(codes(report), line).toEqual(['malformed']);
      expect(report.findings[0]?.line, line).toBe(6);
    }
  });

  test('one changed character anywhere is found, and nothing throws', async () => {
    const whole = exported([3, 4]).slice(0, 10);
    const at = fc.record({
      line: fc.nat(9),
      column: fc.nat(),
      to: fc.string({ minLength: 0, maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(at, async ({ line, column, to }) => {
        const text = whole[line] ?? '';
        const place = column % text.length;
        const changed = text.slice(0, place) + to + text.slice(place + 1);
        fc.pre(changed !== text);
        const report = await verifyExport(whole.with(line, changed), {
          verifierKey: signer.verifierKey,
        });
        expect(report.ok).toBe(false);
      }),
      { numRuns: 500, examples: [[{ line: 4, column: 1203734645, to: 'Z ' }]] },
    );
  });

  test('random lines in random order never throw', async () => {
    const lines = [...exported([3, 4]), 'x', '{"entry":{},"leafHash":"","position":99}'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...lines), { maxLength: 40 }), async (random) => {
        const report = await verifyExport(random, { checkpoint: latestNote(7) });
        expect(report.findingCount).toBeGreaterThanOrEqual(report.findings.length);
      }),
    );
  });
});
