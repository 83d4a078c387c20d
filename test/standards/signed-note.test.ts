import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeNote, parseNote, parseVerifierKey } from '../../src/ledger/index.ts';

const directory = new URL('../../../shared/', import.meta.url);
const file = new URL('reference/vectors/signed-note.json', directory);
// With CI=true a stand that has ../shared but not the file is a failure, not a skip.
const isPresent = existsSync(file) || (process.env['CI'] === 'true' && existsSync(directory));

interface Vectors {
  readonly signed_note: {
    readonly example: { readonly verifier_key: string; readonly note: string };
  };
}

describe.skipIf(!isPresent)('signed note: published example (absent: ../shared/reference)', () => {
  const read = (): Vectors['signed_note']['example'] =>
    // The shape of the published file; a different one fails here.
    (JSON.parse(readFileSync(file, 'utf8')) as Vectors).signed_note.example;

  test('the example verifies under its key', () => {
    const { note, verifier_key: key } = read();
    expect(judgeNote(parseNote(note), parseVerifierKey(key))).toBe('signed');
  });

  test('with one letter changed it is forged', () => {
    const { note, verifier_key: key } = read();
    const changed = note.replace('example message', 'exomple message');
    expect(judgeNote(parseNote(changed), parseVerifierKey(key))).toBe('forged');
  });
});
