import { STEP_STATES, type StepsAnswer } from '../../api/contract/index.ts';
import { oneOf, type Command } from '../command.ts';
import { clockTime, table } from '../text.ts';

export const steps: Command = {
  name: 'steps',
  summary: 'what the server could not do, and why',
  places: [],
  remote: true,
  options: [
    { name: 'state', value: 'S', text: `${STEP_STATES.join(', ')}; blocked by default` },
    { name: 'subject', value: 'ID', text: 'only those of one incident' },
  ],
  run: async (call) => {
    const state = oneOf(call, '--state', STEP_STATES, call.option('state') ?? 'blocked');
    const query = { state, subject: call.option('subject') };
    const answer = await call.client().ask<StepsAnswer>('/v1/steps', { query });
    call.answer(answer, () => {
      const rows = answer.steps.map(({ id, kind, target, subject, attempt, dueAt, reason }) => [
        id,
        kind,
        target ?? '',
        subject,
        `try ${attempt}`,
        clockTime(dueAt, call.io.nowMs()),
        reason ?? '',
      ]);
      return rows.length === 0 ? `no steps are ${state}\n` : table(rows);
    });
    return 0;
  },
};
