import { LIMITS } from '../../kernel/index.ts';
import type { SourceRecord } from '../import/model.ts';
import type { NumberedLine } from './lines.ts';

const TOO_LONG = `the line is longer than ${LIMITS.inventoryLineBytesMax} bytes`;
const NOT_BLANK = /\S/u;

export async function* ndjsonRecords(
  batches: AsyncIterable<readonly NumberedLine[]>,
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const lines of batches) {
    const records: SourceRecord[] = [];
    for (const { line, text, isCut } of lines) {
      if (isCut) records.push({ line, problem: TOO_LONG });
      else if (text.startsWith('{') || NOT_BLANK.test(text)) records.push({ line, value: text });
    }
    yield records;
  }
}
