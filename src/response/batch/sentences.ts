import type { Names } from '../decisions/sentences.ts';
import { stageOf } from '../questions.ts';
import type { BatchEntryData } from './model.ts';

type Sentences = {
  readonly [Kind in keyof BatchEntryData]: (data: BatchEntryData[Kind], say: Names) => string;
};

export const BATCH_SENTENCES: Sentences = {
  'batch.opened': ({ batch: { guarantee, members, reason, askedBy } }) =>
    `${askedBy} asks to ${stageOf(guarantee)} ${members.length} at once: ${reason}.`,
  'batch.taken': ({ upTo, left }, say) => {
    const without = left.map(({ identity, why }) => `${say.identity(identity)} (${why})`);
    return `${upTo} of them are looked at.${left.length === 0 ? '' : ` Left out: ${without.join('; ')}.`}`;
  },
  'batch.asked': ({ questions }) =>
    questions.length === 1
      ? 'They are asked about as one question.'
      : `They are asked about as ${questions.length} questions.`,
};
