import type { Names } from '../decisions/sentences.ts';
import type { ReviewEntryData } from './model.ts';

type Sentences = {
  readonly [Kind in keyof ReviewEntryData]: (data: ReviewEntryData[Kind], say: Names) => string;
};

const WORDS = { benign: 'judged benign', cut: 'cut', asked: 'asked about' } as const;

function count(items: readonly unknown[], what: string): string {
  return `${items.length} ${what}${items.length === 1 ? '' : 's'}`;
}

export const REVIEW_SENTENCES: Sentences = {
  'review.looked': ({ identity, items, missed }, say) => {
    const of = (trace: string): number => items.filter((one) => one.trace === trace).length;
    const traces = (['minted', 'used', 'nothing-seen', 'not-available'] as const)
      .filter((trace) => of(trace) > 0)
      .map((trace) => `${of(trace)} ${trace.replaceAll('-', ' ')}`);
    const found = items.length === 0 ? 'nothing new' : traces.join(', ');
    const left = missed.length === 0 ? '' : `; not looked through: ${missed.join(', ')}`;
    return `Looked at what is like ${say.identity(identity)} and at what trusted it: ${found}${left}.`;
  },
  'review.judged': ({ review, items, as, by, reason }) =>
    `${by} has ${WORDS[as]} ${count(items, 'item')} of review ${review}: ${reason}.`,
  'long-tail.listed': ({ items }) =>
    `This stays after containment: ${items.map((one) => one.what).join('; ')}.`,
  'long-tail.taken': ({ keys, holder, untilMs, reason }, say) =>
    `${holder} takes over ${count(keys, 'thing')} that stay${keys.length === 1 ? 's' : ''}, until ${say.day(untilMs)}: ${reason}.`,
  'long-tail.overdue': ({ keys }) =>
    `The time of whoever held ${count(keys, 'thing')} is over; it is asked again.`,
  'long-tail.ended': ({ keys, why }) => `${count(keys, 'thing')} no longer stays: ${why}.`,
  'incident.waits': (data) =>
    `Everything is given back; it is not closed yet: ${data.for.join('; ')}.`,
};
