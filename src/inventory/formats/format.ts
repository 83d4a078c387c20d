import { FirebreakError, LIMITS } from '../../kernel/index.ts';
import type { DocumentOptions, ImportFormat } from '../contract.ts';
import type { SourceRecord } from '../import/model.ts';
import { backstageRecords } from './backstage.ts';
import { csvRecords } from './csv.ts';
import { encodingProblem, linesIn, type NumberedLine, singly } from './lines.ts';
import { readMapping } from './mapping.ts';
import { ndjsonRecords } from './ndjson.ts';

type Chunks = AsyncIterable<Uint8Array | string>;

/** What a text looks like by its first line that says something. */
function guess(first: string, hasMapping: boolean): Exclude<ImportFormat, 'auto'> {
  if (hasMapping) return 'csv';
  const text = first.trim();
  if (text.startsWith('{')) return 'firebreak';
  if (text.startsWith('---') || /^[A-Za-z][\w-]*:/u.test(text) || text.startsWith('#'))
    return 'backstage';
  return 'firebreak';
}

/** Enough to tell text from anything else. */
const LOOKED_AT_BYTES = 1_024;

/** A network may deliver the first bytes one by one: they are looked at together. */
async function* checked(chunks: Chunks, format: string): AsyncGenerator<Uint8Array | string> {
  let first: Buffer | null = Buffer.alloc(0);
  const look = (bytes: Buffer): Buffer => {
    const problem = encodingProblem(bytes);
    if (problem !== null) throw new FirebreakError('import-unreadable', { format, problem });
    return bytes;
  };
  for await (const chunk of chunks) {
    if (first === null) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, typeof chunk === 'string' ? Buffer.from(chunk) : chunk]);
    if (first.length < LOOKED_AT_BYTES) continue;
    yield look(first);
    first = null;
  }
  if (first !== null && first.length > 0) yield look(first);
}

type Lines = AsyncIterator<readonly NumberedLine[]>;

async function* withFirst(
  first: readonly (readonly NumberedLine[])[],
  rest: Lines,
): AsyncGenerator<readonly NumberedLine[]> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** What was read until the first line that says something. */
async function beginningOf(lines: Lines) {
  const batches: (readonly NumberedLine[])[] = [];
  let said = '';
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    batches.push(next.value);
    said = next.value.find(({ text }) => text.trim() !== '')?.text ?? '';
    if (said !== '') break;
  }
  return { batches, said };
}

/** Records of a form whose reader gives them one by one. */
async function* together(
  records: AsyncIterable<SourceRecord>,
): AsyncGenerator<readonly SourceRecord[]> {
  let batch: SourceRecord[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < LIMITS.importBreathRows) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** The records of a document, in the form of Firebreak's own lines, each with the line it stands on. */
export async function* recordsIn(
  chunks: Chunks,
  options: Pick<DocumentOptions, 'format' | 'mapping'>,
): AsyncGenerator<readonly SourceRecord[]> {
  const asked = options.format ?? 'auto';
  const lines = linesIn(checked(chunks, asked));
  const { batches, said } = await beginningOf(lines);
  const format = asked === 'auto' ? guess(said, options.mapping !== undefined) : asked;
  const all = withFirst(batches, lines);
  switch (format) {
    case 'firebreak':
      yield* ndjsonRecords(all);
      return;
    case 'backstage':
      yield* together(backstageRecords(singly(all)));
      return;
    case 'csv': {
      const problem = 'a CSV needs a mapping that says which column is what';
      if (options.mapping === undefined) {
        throw new FirebreakError('import-unreadable', { format, problem });
      }
      yield* together(csvRecords(singly(all), readMapping(options.mapping)));
    }
  }
}
