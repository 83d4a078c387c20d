import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../kernel/index.ts';
import type { DocumentOptions } from '../contract.ts';
import { parseLine } from '../schema.ts';
import { recordsIn } from './format.ts';
import { linesIn } from './lines.ts';

const example = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../examples/inventory/${name}`, import.meta.url)));

async function* chunked(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

interface Read {
  readonly line: number;
  readonly value?: unknown;
  readonly problem?: string;
}

async function read(
  content: string | Uint8Array,
  options: Pick<DocumentOptions, 'format' | 'mapping'> = {},
  size = 65_536,
): Promise<readonly Read[]> {
  const records: Read[] = [];
  for await (const batch of recordsIn(chunked(content, size), options)) records.push(...batch);
  return records;
}

const problems = (records: readonly Read[]): readonly string[] =>
  records.flatMap(({ line, problem }) => (problem === undefined ? [] : `${line} ${problem}`));

describe('lines', () => {
  it('are the same however the stream is cut, also within a character', async () => {
    const text = '\uFEFFä1\r\n\n2 €\n3';
    for (const size of [1, 2, 3, 100]) {
      const lines: string[] = [];
      for await (const batch of linesIn(chunked(text, size))) {
        for (const { text: line } of batch) lines.push(line);
      }
      expect(lines).toEqual(['ä1', '', '2 €', '3']);
    }
  });

  it('of ten megabytes are rejected with their number, and the rest goes on', async () => {
    const long = `{"type":"party","name":"${'x'.repeat(10_000_000)}"}`;
    const records = await read(
      `{"type":"party","name":"a"}\n${long}\n{"type":"party","name":"b"}\n`,
    );
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(records[1]?.problem).toContain('longer than');
  });

  it('in another encoding are refused whole, or line by line where only some are', async () => {
    const utf16 = Buffer.from('\uFEFF{"type":"party"}', 'utf16le');
    await expect(read(utf16)).rejects.toMatchObject({ code: 'import-unreadable' });
    await expect(read(Buffer.from([0x1f, 0x8b, 8]))).rejects.toMatchObject({
      code: 'import-unreadable',
    });
    const [latin] = await read(Buffer.from('{"type":"party","name":"M\u00fcller"}', 'latin1'));
    const parsed = parseLine(latin?.value);
    expect(parsed.ok ? '' : parsed.problem).toContain('UTF-8');
  });
});

describe('the examples', () => {
  it.each([
    ['cloud.ndjson', null, 9],
    ['catalog-info.yaml', null, 10],
    ['credential-report.csv', 'credential-report.mapping.yaml', 5],
  ])('%s can be read whole', async (file, mappingFile, count) => {
    const mapping = mappingFile === null ? {} : { mapping: example(mappingFile).toString() };
    const records = await read(example(file), mapping);
    expect(problems(records)).toEqual([]);
    const wrong = records.map(({ value }) => parseLine(value)).filter(({ ok }) => !ok);
    expect(wrong).toEqual([]);
    expect(records).toHaveLength(count);
  });

  it('leave out what a cell does not say', async () => {
    const mapping = example('credential-report.mapping.yaml').toString();
    const records = await read(example('credential-report.csv'), { mapping });
    const credentials = records.filter(
      ({ value }) => (value as { type: string }).type === 'credential',
    );
    expect(credentials).toHaveLength(1);
    expect(credentials[0]).toMatchObject({
      line: 2,
      value: {
        issuedAt: '2023-04-02T09:00:00+00:00',
        refs: ['aws:access-key:AKIAI44QH8DHBEXAMPLE'],
      },
    });
    expect(credentials[0]?.value).not.toHaveProperty('lastUsedAt');
  });
});

describe('a Backstage catalog', () => {
  it('rejects a broken document with its line and goes on', async () => {
    const good = 'kind: Group\nmetadata: {name: a}\n';
    const records = await read(`${good}---\nkind: [\n---\nmetadata: {}\n---\n${good}`);
    expect(records.map(({ line }) => line)).toEqual([1, 4, 6, 8]);
    expect(problems(records)).toHaveLength(2);
  });

  it('refuses what says something twice, and what is only half a document', async () => {
    const twice = await read('kind: Group\nmetadata: { name: a, name: b }\n');
    expect(problems(twice)[0]).toContain('one mapping has name twice');
    expect(problems(await read('kind: [Group\n'))).toHaveLength(1);
  });

  it('stops at a bomb of aliases and at endless nesting', async () => {
    const level = (name: string, of: string): string =>
      `${name}: &${name} [${`*${of},`.repeat(9)}*${of}]`;
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, index) => level(name, 'abcdefg'.charAt(index))),
    ];
    expect(problems(await read(`kind: Group\n${bomb.join('\n')}\n`))[0]).toContain('alias');
    const deep = await read(`kind: ${'['.repeat(200_000)}`, { format: 'backstage' });
    expect(problems(deep)).toHaveLength(1);
    const long = `kind: Group\nnote: ${'x'.repeat(LIMITS.catalogDocumentBytesMax)}\n`;
    expect(problems(await read(long))[0]).toContain('longer than');
  });
});

describe('a spreadsheet', () => {
  const mapping = 'records: [{type: party, name: "{name}", refs: ["dir:team:{id}"]}]';

  it('reads quotes, line ends and delimiters within cells', async () => {
    const csv = 'name,id\r\n"a, ""b""\nc",1\r\n\r\nplain,2';
    const records = await read(csv, { mapping }, 3);
    expect(records.map(({ line, value }) => [line, (value as { name: string }).name])).toEqual([
      [2, 'a, "b"\nc'],
      [5, 'plain'],
    ]);
  });

  it('rejects formulas, ragged rows and quotes without an end, by line', async () => {
    const csv = `name,id\n"=cmd|' /C calc'!A0",1\n+HYPERLINK,2\n@SUM(1),3\na,b,c\n"x"y,4\n@org/team,5\n-5,6\n"open,7\n`;
    const records = await read(csv, { mapping });
    expect(problems(records).map((text) => text.split(' ')[0])).toEqual([
      '2',
      '3',
      '4',
      '5',
      '6',
      '9',
    ]);
    expect(records.filter(({ value }) => value !== undefined)).toHaveLength(2);
  });

  it('refuses a mapping that does not fit, before anything is imported', async () => {
    const refused = (text: string) => read('name,id\na,1\n', { mapping: text });
    for (const wrong of [
      '[]',
      'records: []',
      'records: [{name: x}]',
      'colour: red',
      'records: [{type: party, name: "{nobody}"}]',
      'records: [{type: party, name: "{name|upper}"}]',
      '{',
    ]) {
      await expect(refused(wrong), wrong).rejects.toMatchObject({ code: 'import-unreadable' });
    }
    await expect(read('a,b\n', { format: 'csv' })).rejects.toMatchObject({
      code: 'import-unreadable',
    });
  });
});
