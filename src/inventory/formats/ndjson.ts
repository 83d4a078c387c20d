import { LIMITS } from '../../kernel/index.ts';
import type { SourceRecord } from '../import/model.ts';
import type { NumberedLine } from './lines.ts';

export async function* ndjsonRecords(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<SourceRecord> {
  for await (const { line, text, isCut } of lines) {
    if (isCut) {
      yield { line, problem: `the line is longer than ${LIMITS.inventoryLineBytesMax} bytes` };
    } else if (text.trim() !== '') yield { line, value: text };
  }
}
