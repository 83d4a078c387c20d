import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FirebreakError, messageOf } from '../../kernel/index.ts';

/** Answers how many bytes were written. */
export async function writeStream(
  stream: ReadableStream<Uint8Array>,
  file: string,
): Promise<number> {
  // The types of node's web streams and of fetch's differ; the stream is the same.
  const source = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  const target = createWriteStream(file);
  try {
    await pipeline(source, target);
    return target.bytesWritten;
  } catch (error) {
    throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
  }
}
