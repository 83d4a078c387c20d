import { LIMITS } from '../../kernel/index.ts';

export interface NumberedLine {
  readonly line: number;
  readonly text: string;
  /** Longer than a record may be: only its beginning is kept. */
  readonly isCut: boolean;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Of UTF-16 about half of all bytes are zero; a single one is the fault of its line. */
const ZEROS_SHARE_MAX = 0.2;

/** UTF-16 files begin with a mark, or hold zeros: they are refused whole, with their reason, not line by line. */
export function encodingProblem(first: Uint8Array): string | null {
  const [one, two] = first;
  if ((one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff)) return 'it is UTF-16';
  if (one === 0x1f && two === 0x8b) return 'it is compressed (gzip)';
  if (one === 0x50 && two === 0x4b) return 'it is a zip archive, perhaps a spreadsheet file';
  const looked = first.subarray(0, 1_024);
  const zeros = looked.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  return zeros > looked.length * ZEROS_SHARE_MAX
    ? 'it is full of zero bytes: it is no text in UTF-8'
    : null;
}

/**
 * Lines of a stream, without their ends, as many at once as a chunk holds: one turn of the event loop for each line would
 * cost more than the line. Memory holds a chunk and one line, however long the line or the file is.
 */
export async function* linesIn(
  chunks: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<readonly NumberedLine[]> {
  const limit = LIMITS.inventoryLineBytesMax;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let pending = '';
  let isCut = false;
  let line = 0;
  const keep = (part: string): void => {
    if (isCut) return;
    pending += part;
    if (pending.length <= limit) return;
    pending = pending.slice(0, limit);
    isCut = true;
  };
  const take = (): NumberedLine => {
    line += 1;
    const ended = pending.endsWith('\r') ? pending.slice(0, -1) : pending;
    const text = line === 1 && ended.startsWith(BYTE_ORDER_MARK) ? ended.slice(1) : ended;
    const taken = { line, text, isCut };
    pending = '';
    isCut = false;
    return taken;
  };
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const taken: NumberedLine[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      keep(text.slice(from, end));
      from = end + 1;
      taken.push(take());
    }
    keep(text.slice(from));
    if (taken.length > 0) yield taken;
  }
  keep(decoder.decode());
  if (pending !== '') yield [take()];
}

/** One by one, for forms whose records are more than a line. */
export async function* singly(
  batches: AsyncIterable<readonly NumberedLine[]>,
): AsyncGenerator<NumberedLine> {
  for await (const batch of batches) yield* batch;
}
