import type { Static } from 'typebox';
import { AUTHENTICITIES, CONFIDENCES, FirebreakError, SIGNAL_TYPES } from '../kernel/index.ts';
import type { ReplayRequest } from '../response/index.ts';
import { ReplayAnswer, ReplayQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

type Query = Static<typeof ReplayQuery>;

function word<Word extends string>(name: string, words: readonly Word[], given: string): Word {
  const known = words.find((one) => one === given);
  if (known !== undefined) return known;
  throw new FirebreakError('request-invalid', { problem: `${name}: one of ${words.join(', ')}` });
}

function sinceMs(text: string, nowMs: number): number {
  if (/^\d{4}-/u.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  try {
    return nowMs - Temporal.Duration.from(text).total('milliseconds');
  } catch {
    const problem = 'since: a time such as 2026-12-01T00:00:00Z, or a duration such as P90D';
    throw new FirebreakError('request-invalid', { problem });
  }
}

/** What is not said of a signal is what a good source says: signed, and strong. */
function signalOf(
  given: NonNullable<Query['signals']>[number],
): NonNullable<ReplayRequest['signals']>[number] {
  const { type, subject, occurredAt, source, authenticity, confidence } = given;
  return {
    type: word('type', SIGNAL_TYPES, type),
    refs: subject.refs,
    occurredAt: new Date(occurredAt).toISOString(),
    source: source ?? 'replay',
    authenticity: word('authenticity', AUTHENTICITIES, authenticity ?? 'signed'),
    confidence: word('confidence', CONFIDENCES, confidence ?? 'strong'),
  };
}

export async function replayRoutes(api: Api, { response, clock }: ApiParts): Promise<void> {
  api.post(
    '/v1/replay',
    route(
      'read',
      {
        word: 'authority',
        summary: 'What a charter would have done with past signals',
        description: 'Every mandate acts, in thought alone: nothing is written and nobody is told.',
      },
      { body: ReplayQuery },
      ReplayAnswer,
    ),
    async (request) => {
      const { since, signals, charter } = request.body;
      return await response.replay({
        ...(since === undefined ? {} : { sinceMs: sinceMs(since, clock.nowMs()) }),
        ...(signals === undefined ? {} : { signals: signals.map(signalOf) }),
        ...(charter === undefined ? {} : { charter }),
      });
    },
  );
}
