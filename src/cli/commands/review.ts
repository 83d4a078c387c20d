import {
  type JudgeAnswer,
  REVIEW_ANSWERS,
  type ReviewsAnswer,
  STAGES,
} from '../../api/contract/index.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { clockTime, paint, plain, table } from '../text.ts';

function pathOf(call: Call, rest: string): string {
  return `/v1/incidents/${encodeURIComponent(place(call, 0))}/${rest}`;
}

function itemsText(call: Call, { items, cards, open, judged, missed }: ReviewsAnswer): string {
  const rows = items.map(({ review, name, target, trace, verdict, why, id }) => [
    `  ${review}`,
    plain(name),
    target ?? '',
    trace,
    verdict === null ? 'no result' : `${verdict.as} by ${plain(verdict.by)}`,
    plain(why),
    id,
  ]);
  const on = cards.map((card) => [`  ${plain(card.title)}`, card.digest]);
  const left = missed.map(({ why }) => `not looked through: ${plain(why)}\n`).join('');
  const body = rows.length === 0 ? 'nothing is listed\n' : table(rows);
  const asked = on.length === 0 ? '' : `\n${paint(call.io, 'bold', 'Cards')}\n${table(on)}`;
  return `${judged} judged, ${open} without a result\n${body}${left}${asked}`;
}

function tailText(call: Call, { longTail, waitsFor }: ReviewsAnswer): string {
  const nowMs = call.io.nowMs();
  const rows = longTail.map(({ state, what, holder, until, key }) => [
    `  ${state}`,
    plain(what),
    holder === null ? 'nobody' : plain(holder),
    until === null ? '' : `until ${clockTime(until, nowMs)}`,
    key,
  ]);
  const waits = waitsFor.map((why) => `not closed: ${plain(why)}\n`).join('');
  return `${rows.length === 0 ? 'nothing stays\n' : table(rows)}${waits}`;
}

export const reviewList: Command = {
  name: 'review list',
  summary: 'grants like the abused one and what trusted it, each with its result',
  places: ['INCIDENT'],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<ReviewsAnswer>(pathOf(call, 'reviews'));
    call.answer(answer, () => itemsText(call, answer));
    return 0;
  },
};

const REASON = { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' };

export const reviewJudge: Command = {
  name: 'review judge',
  summary: 'benign, cut or ask: a card by its digest, or items by their ids',
  places: ['INCIDENT', 'ANSWER', '[ITEM...]'],
  remote: true,
  options: [
    REASON,
    { name: 'card', value: 'DIGEST', text: 'all of one card, as it was shown' },
    { name: 'stage', value: 'STAGE', text: `for cut and ask: ${STAGES.join(', ')}` },
  ],
  run: async (call) => {
    const as = oneOf(call, 'ANSWER', REVIEW_ANSWERS, place(call, 1));
    const items = call.places.slice(2);
    const [card, stage] = [call.option('card'), call.option('stage')];
    const body = {
      as,
      reason: call.required('reason'),
      ...(card === undefined ? { items } : { card }),
      ...(stage === undefined ? {} : { stage: oneOf(call, '--stage', STAGES, stage) }),
    };
    const request = { method: 'POST', body } as const;
    const answer = await call.client().ask<JudgeAnswer>(pathOf(call, 'reviews'), request);
    const refused = answer.refused.map(({ item, why }) => `refused: ${item}; ${plain(why)}\n`);
    call.answer(answer, () => `${refused.join('')}${itemsText(call, answer)}`);
    return answer.refused.length === 0 ? 0 : 1;
  },
};

export const tailList: Command = {
  name: 'long-tail list',
  summary: 'what stays after containment, who holds it, until when',
  places: ['INCIDENT'],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<ReviewsAnswer>(pathOf(call, 'reviews'));
    call.answer(answer, () => tailText(call, answer));
    return answer.longTail.some((one) => one.state === 'unheld' || one.state === 'overdue') ? 1 : 0;
  },
};

async function change(call: Call, rest: string, body: object): Promise<0> {
  const request = { method: 'POST', body } as const;
  const answer = await call.client().ask<ReviewsAnswer>(pathOf(call, rest), request);
  call.answer(answer, () => tailText(call, answer));
  return 0;
}

export const tailTake: Command = {
  name: 'long-tail take',
  summary: 'hold what stays, until a date; without keys all that nobody holds',
  places: ['INCIDENT', '[KEY...]'],
  remote: true,
  options: [REASON, { name: 'until', value: 'TIME', text: 'in RFC 3339; then it is asked again' }],
  run: async (call) => {
    const [until, reason] = [call.required('until'), call.required('reason')];
    return await change(call, 'long-tail', { keys: call.places.slice(1), until, reason });
  },
};

export const tailEnd: Command = {
  name: 'long-tail end',
  summary: 'say that something is gone',
  places: ['INCIDENT', 'KEY...'],
  remote: true,
  options: [REASON],
  run: async (call) => {
    const body = { keys: call.places.slice(1), reason: call.required('reason') };
    return await change(call, 'long-tail/ended', body);
  },
};
