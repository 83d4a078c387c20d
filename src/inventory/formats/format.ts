import { FirebreakError } from '../../kernel/index.ts';
import type { DocumentOptions, ImportFormat } from '../contract.ts';
import type { SourceRecord } from '../import/model.ts';
import { backstageRecords } from './backstage.ts';
import { csvRecords } from './csv.ts';
import { encodingProblem, linesIn, type NumberedLine } from './lines.ts';
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

async function* checked(chunks: Chunks, format: string): AsyncGenerator<Uint8Array | string> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const problem = isFirst && typeof chunk !== 'string' ? encodingProblem(chunk) : null;
    if (problem !== null) throw new FirebreakError('import-unreadable', { format, problem });
    isFirst = false;
    yield chunk;
  }
}

async function* withFirst(
  first: readonly NumberedLine[],
  rest: AsyncIterator<NumberedLine>,
): AsyncGenerator<NumberedLine> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The records of a document, in the form of Firebreak's own lines, each with the line it stands on. */
export async function* recordsIn(
  chunks: Chunks,
  options: Pick<DocumentOptions, 'format' | 'mapping'>,
): AsyncGenerator<SourceRecord> {
  const asked = options.format ?? 'auto';
  const lines = linesIn(checked(chunks, asked));
  const first: NumberedLine[] = [];
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    first.push(next.value);
    if (next.value.text.trim() !== '') break;
  }
  const format =
    asked === 'auto' ? guess(first.at(-1)?.text ?? '', options.mapping !== undefined) : asked;
  const all = withFirst(first, lines);
  switch (format) {
    case 'firebreak':
      yield* ndjsonRecords(all);
      return;
    case 'backstage':
      yield* backstageRecords(all);
      return;
    case 'csv': {
      const problem = 'a CSV needs a mapping that says which column is what';
      if (options.mapping === undefined) {
        throw new FirebreakError('import-unreadable', { format, problem });
      }
      yield* csvRecords(all, readMapping(options.mapping));
    }
  }
}
