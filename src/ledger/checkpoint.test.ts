import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFirebreakError } from '../kernel/index.ts';
import {
  judgeNote,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signCheckpoint,
  signNote,
  writeCheckpoint,
} from './checkpoint.ts';
import { createSignerForTest } from './testing.ts';
import { leafHash } from './tree.ts';

// The example that C2SP publishes with signed-note.
const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE_NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

const signer = createSignerForTest();
const verifier = parseVerifierKey(signer.verifierKey);
const root = leafHash('x');
const corrupt = expect.toSatisfy((error) => isFirebreakError(error, 'ledger-corrupt'));

describe('signed notes', () => {
  test('the published example is signed by its key and by no other', () => {
    const note = parseNote(EXAMPLE_NOTE);
    expect(judgeNote(note, parseVerifierKey(EXAMPLE_KEY))).toBe('signed');
    expect(judgeNote(note, verifier)).toBe('unsigned');
    const changed = parseNote(EXAMPLE_NOTE.replace('This', 'this'));
    expect(judgeNote(changed, parseVerifierKey(EXAMPLE_KEY))).toBe('forged');
  });

  test('what is signed is read back, with signatures of strangers beside it', () => {
    fc.assert(
      fc.property(fc.nat(), (size) => {
        const note = signCheckpoint({ size, root, extensions: [] }, signer);
        const witness = signNote(parseNote(note).text, createSignerForTest('witness.example'));
        const both = note + witness.slice(witness.lastIndexOf('— '));
        expect(parseNote(both).signatures).toHaveLength(2);
        for (const text of [note, both]) {
          expect(openCheckpoint(text, verifier)).toMatchObject({ size, origin: signer.origin });
        }
      }),
    );
  });

  test('a good signature beside a bad one of the same key does not save the note', () => {
    const note = signCheckpoint({ size: 1, root, extensions: [] }, signer);
    const other = signCheckpoint({ size: 2, root, extensions: [] }, signer);
    const both = note + other.slice(other.lastIndexOf('— '));
    expect(judgeNote(parseNote(both), verifier)).toBe('forged');
  });

  test('a key of another name or another key of the same name is not ours', () => {
    const note = signCheckpoint({ size: 1, root, extensions: [] }, signer);
    for (const other of [createSignerForTest(), createSignerForTest('b.example')]) {
      expect(() => openCheckpoint(note, parseVerifierKey(other.verifierKey))).toThrow(corrupt);
    }
  });

  test('a checkpoint about another log is refused even when our key signed it', () => {
    const text = writeCheckpoint({ origin: 'other.example', size: 1, root, extensions: [] });
    expect(() => openCheckpoint(signNote(text, signer), verifier)).toThrow(corrupt);
  });

  const [text = '', line = ''] = EXAMPLE_NOTE.split('\n\n');
  test.each([
    ['nothing', ''],
    ['no signature', 'text\n'],
    ['an empty list of signatures', 'text\n\n'],
    ['no newline at the end', EXAMPLE_NOTE.slice(0, -1)],
    ['a hyphen for the dash', EXAMPLE_NOTE.replace('—', '-')],
    ['two spaces', EXAMPLE_NOTE.replace('foo Uw', 'foo  Uw')],
    ['a plus in the name', EXAMPLE_NOTE.replace('com/foo', 'com+foo')],
    ['no padding', EXAMPLE_NOTE.replace('QM=', 'QM')],
    ['stray bits in base64', EXAMPLE_NOTE.replace('QM=', 'QN=')],
    ['a signature of four bytes', `${text}\n\n— a AAAAAA==\n`],
    ['a carriage return', EXAMPLE_NOTE.replace('\n', '\r\n')],
    ['a control character', EXAMPLE_NOTE.replace('example', 'exam\u0001ple')],
    ['a lone surrogate', EXAMPLE_NOTE.replace('example', '\ud800')],
    ['too many signatures', `${text}\n\n${line.repeat(17)}`],
  ])('%s is refused', (_name, note) => {
    expect(() => parseNote(note)).toThrow(corrupt);
  });
});

describe('checkpoint bodies', () => {
  const hash = Buffer.from(root).toString('base64');
  test.each([
    ['no newline at the end', `o\n1\n${hash}`],
    ['no origin', `\n1\n${hash}\n`],
    ['a size with a leading zero', `o\n01\n${hash}\n`],
    ['a negative size', `o\n-1\n${hash}\n`],
    ['a hexadecimal size', `o\n0x1\n${hash}\n`],
    ['a size no number can hold', `o\n18446744073709551615\n${hash}\n`],
    ['no root', 'o\n1\n'],
    ['a short root', 'o\n1\nAAAA\n'],
    ['a root with a space', `o\n1\n${hash} \n`],
    ['an empty extension line', `o\n1\n${hash}\n\n`],
  ])('%s is refused', (_name, body) => {
    expect(() => parseCheckpoint(body)).toThrow(corrupt);
  });

  test('extension lines of others are kept', () => {
    expect(parseCheckpoint(`o\n0\n${hash}\nmore\n`)).toMatchObject({ extensions: ['more'] });
  });
});

describe('verifier keys', () => {
  test.each([
    ['nothing', ''],
    ['no key', 'example.com/foo+530d903a'],
    ['another name', EXAMPLE_KEY.replace('foo', 'bar')],
    ['another id', EXAMPLE_KEY.replace('530d903a', '530d903b')],
    ['a changed key', EXAMPLE_KEY.replace('U2k', 'U2g')],
    ['another algorithm', EXAMPLE_KEY.replace('+Aek', '+Bek')],
    ['a space in the name', EXAMPLE_KEY.replace('com/', 'com ')],
  ])('%s is refused', (_name, key) => {
    expect(() => parseVerifierKey(key)).toThrow(corrupt);
  });

  test('a file may end in a newline', () => {
    expect(parseVerifierKey(`${EXAMPLE_KEY}\n`).name).toBe('example.com/foo');
  });
});
