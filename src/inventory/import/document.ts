import { LIMITS } from '../../kernel/index.ts';
import type { DocumentOptions } from '../contract.ts';
import { recordsIn } from '../formats/format.ts';
import type { Claim } from './claim.ts';
import type { ImportParts, Staged } from './model.ts';
import { stage } from './stage.ts';
import { stageInThread } from './thread.ts';

type Chunks = AsyncIterable<Uint8Array | string>;

async function* joined(
  first: readonly (Uint8Array | string)[],
  rest: AsyncIterator<Uint8Array | string>,
): AsyncGenerator<Uint8Array | string> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** A small document is read at once; starting a thread would take longer. */
export async function stageDocument(
  parts: ImportParts,
  claim: Claim,
  chunks: Chunks,
  options: DocumentOptions,
): Promise<Staged> {
  const rest = chunks[Symbol.asyncIterator]();
  const first: (Uint8Array | string)[] = [];
  let length = 0;
  let isWhole = false;
  while (!isWhole && length < LIMITS.importThreadBytesMin) {
    const next = await rest.next();
    if (next.done === true) isWhole = true;
    else {
      first.push(next.value);
      length += next.value.length;
    }
  }
  const all = joined(first, rest);
  return isWhole
    ? await stage(parts, claim, recordsIn(all, options), options)
    : await stageInThread(parts, claim, all, options);
}
