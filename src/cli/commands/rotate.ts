import {
  ROTATION_CHOICES,
  ROTATION_STATUSES,
  type RotateAnswer,
  type RotationDetail,
  type RotationsAnswer,
  type RotationState,
} from '../../api/contract/index.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { clockTime, paint, plain, table } from '../text.ts';

export const rotate: Command = {
  name: 'rotate',
  summary: 'renew the credentials of an identity, and of what it opens, wave by wave',
  places: ['REF'],
  remote: true,
  options: [
    {
      name: 'emergency',
      text: 'the old credential is dead already, and its consumers stand still',
    },
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    { name: 'dry-run', text: 'only say what would be done' },
  ],
  run: async (call) => {
    const dryRun = call.flag('dry-run');
    const reason = call.option('reason') ?? (dryRun ? 'dry run' : call.required('reason'));
    const body = { ref: place(call, 0), emergency: call.flag('emergency'), dryRun, reason };
    const answer = await call.client().ask<RotateAnswer>('/v1/rotations', { method: 'POST', body });
    call.answer(answer, () => answerText(answer));
    return 0;
  },
};

function answerText({ outcome, plan, rotation }: RotateAnswer): string {
  const sentence = {
    started: 'The rotation has begun.',
    asked: 'Nothing is renewed yet: whoever may revoke has to agree.',
    already: 'A rotation of it is under way already.',
    'dry-run': 'Nothing was done. This would be done:',
  }[outcome];
  const lines = [
    sentence,
    `${plan.steps} steps in ${plan.groups} groups, ${plan.consumers} consumers (${plan.mode}).`,
    ...plan.withoutStore.map((name) => `  no store is known for ${plain(name)}: its wave will ask`),
    ...plan.byHand.map(({ name, why }) => `  by hand: ${plain(name)}; ${why}`),
    ...plan.unseen.map(
      ({ name, why }) => `  nobody will see who uses it: ${plain(name)}; ${why}: its wave will ask`,
    ),
    ...plan.shortLived.map(
      ({ name, lifetimeS }) =>
        `  short-lived: what takes the place of ${plain(name)} ends after ${lifetimeS} s and is renewed when half of it is over`,
    ),
    ...[...plan.breaks, ...plan.cycleBreaks].map((why) => `  declared break: ${plain(why)}`),
    ...(rotation === null ? [] : [`See it with \`firebreak rotate show ${rotation.id}\`.`]),
  ];
  return `${lines.join('\n')}\n`;
}

export const rotateList: Command = {
  name: 'rotate list',
  summary: 'rotations, newest first',
  places: [],
  remote: true,
  options: [{ name: 'status', value: 'S', text: ROTATION_STATUSES.join(', ') }],
  run: async (call) => {
    const given = call.option('status');
    const status = given === undefined ? given : oneOf(call, '--status', ROTATION_STATUSES, given);
    const answer = await call.client().ask<RotationsAnswer>('/v1/rotations', { query: { status } });
    call.answer(answer, () => {
      const rows = answer.rotations.map((one) => [one.id, one.status, one.name, one.sentence]);
      return rows.length === 0 ? 'no rotations\n' : table(rows);
    });
    return 0;
  },
};

function stateText(call: Call, rotation: RotationState): string {
  const { id, name, status, sentence, question, wave, steps } = rotation;
  const color = status === 'done' ? 'green' : status === 'stopped' ? 'red' : 'bold';
  const parts = [
    `${paint(call.io, 'bold', id)}  ${plain(name)}\n${paint(call.io, color, plain(sentence))}\n`,
  ];
  if (question !== null) {
    const choices = question.choices.join(', ');
    parts.push(
      `\nQuestion ${question.number}: ${plain(question.text)}\n  answer with \`firebreak rotate answer ${id} CHOICE --question ${question.number}\` (${choices})\n`,
    );
  }
  if (wave !== null) {
    const until = clockTime(wave.deadline, call.io.nowMs());
    parts.push(`\nWave ${wave.number} until ${until}: ${wave.consumers.map(plain).join(', ')}\n`);
  }
  const rows = steps.flatMap((step) => [
    [`  ${step.group}`, step.target, step.name, step.status, step.reason ?? endText(call, step)],
    ...step.consumers.map((one) => [
      '',
      '',
      `  ${one.name}`,
      one.state,
      [one.reason ?? '', one.claimedBy === null ? '' : `claimed by ${one.claimedBy}`].join(''),
    ]),
  ]);
  parts.push(`\nSteps\n${table(rows)}`);
  return parts.join('');
}

function endText(call: Call, { expiresAt, renewsAt }: RotationState['steps'][number]): string {
  if (expiresAt === null) return '';
  const nowMs = call.io.nowMs();
  const next =
    renewsAt === null ? 'not renewed by this one' : `renewed at ${clockTime(renewsAt, nowMs)}`;
  return `ends by itself at ${clockTime(expiresAt, nowMs)}, ${next}`;
}

export const rotateShow: Command = {
  name: 'rotate show',
  summary: 'one rotation: each consumer, and its timeline',
  places: ['ID'],
  remote: true,
  options: [],
  run: async (call) => {
    const path = `/v1/rotations/${encodeURIComponent(place(call, 0))}`;
    const rotation = await call.client().ask<RotationDetail>(path);
    call.answer(rotation, () => {
      const lines = rotation.timeline.map(({ at, text }) => [
        `  ${clockTime(at, call.io.nowMs())}`,
        plain(text),
      ]);
      return `${stateText(call, rotation)}\nTimeline\n${table(lines)}`;
    });
    return 0;
  },
};

async function act(call: Call, verb: string, body: object | undefined): Promise<0> {
  const path = `/v1/rotations/${encodeURIComponent(place(call, 0))}/${verb}`;
  const request = { method: 'POST', ...(body === undefined ? {} : { body }) } as const;
  const rotation = await call.client().ask<RotationState>(path, request);
  call.answer(rotation, () => stateText(call, rotation));
  return 0;
}

export const rotateAnswer: Command = {
  name: 'rotate answer',
  summary: 'answer the question that a rotation has stopped at',
  places: ['ID', 'CHOICE'],
  remote: true,
  options: [{ name: 'question', value: 'N', text: 'its number; the open one by default' }],
  run: async (call) => {
    const choice = oneOf(call, 'CHOICE', ROTATION_CHOICES, place(call, 1));
    const path = `/v1/rotations/${encodeURIComponent(place(call, 0))}`;
    const given = call.option('question');
    const open = given ?? (await call.client().ask<RotationDetail>(path)).question?.number ?? 1;
    return await act(call, 'answer', { question: Number(open), choice });
  },
};

export const rotateCancel: Command = {
  name: 'rotate cancel',
  summary: 'stop a rotation; what is handed over stays',
  places: ['ID'],
  remote: true,
  options: [{ name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' }],
  run: async (call) => await act(call, 'cancel', { reason: call.required('reason') }),
};

export const rotateResume: Command = {
  name: 'rotate resume',
  summary: 'take up a cancelled rotation where it stopped',
  places: ['ID'],
  remote: true,
  options: [],
  run: async (call) => await act(call, 'resume', undefined),
};

export const rotateClaim: Command = {
  name: 'rotate claim',
  summary: 'say that a consumer is done; its use decides',
  places: ['ID', 'CONSUMER'],
  remote: true,
  options: [],
  run: async (call) => await act(call, 'claims', { consumer: place(call, 1) }),
};
