import {
  OUTCOMES,
  type CardsAnswer,
  type Decision,
  type DecisionAnswer,
  type DecisionCard,
  type DecisionsAnswer,
  type GlassCodesAnswer,
  type IncidentAnswer,
  type SuspectsAnswer,
} from '../../api/contract/index.ts';
import { FirebreakError } from '../../kernel/index.ts';
import { oneOf, place, wholeNumber, type Call, type Command } from '../command.ts';
import { clockTime, table } from '../text.ts';

export function decisionLine(call: Call, decision: Decision): readonly string[] {
  const { id, kind, state, holders, deadline, question, decidedBy } = decision;
  const who = decidedBy ?? holders.map(({ person }) => person).join(', ');
  const by = deadline === null ? '' : `by ${clockTime(deadline, call.io.nowMs())}`;
  return [`  ${id}`, kind, state, who === '' ? 'nobody' : who, by, question];
}

export const decisions: Command = {
  name: 'decisions',
  summary: 'what waits for a person',
  places: [],
  remote: true,
  options: [
    { name: 'mine', text: 'only those that this token may answer' },
    { name: 'state', value: 'S', text: 'open (the default), approved, rejected or defaulted' },
  ],
  run: async (call) => {
    const query = {
      state: call.option('state') ?? 'open',
      person: call.flag('mine') ? 'me' : undefined,
    };
    const answer = await call.client().ask<DecisionsAnswer>('/v1/decisions', { query });
    call.answer(answer, () => {
      const rows = answer.decisions.map((one) => [...decisionLine(call, one), one.incident]);
      return rows.length === 0 ? 'nothing waits for a person\n' : table(rows);
    });
    return 0;
  },
};

function answerText({ state, decidedBy, needs, votes, holders }: Decision): string {
  if (state !== 'open') return `${state} by ${decidedBy ?? 'nobody'}`;
  const missing = needs.deciders + needs.approvers - votes.length;
  const who = holders.map(({ person }) => person).join(', ');
  return `open with ${who || 'nobody'}; ${missing} more to agree`;
}

function decisionText(call: Call, decision: DecisionAnswer): string {
  const nowMs = call.io.nowMs();
  const at = (time: string | null): string => (time === null ? '' : clockTime(time, nowMs));
  const ladder = decision.ladder.map(({ seat, people, openedAt, decideBy, acknowledgedBy }) => [
    `  ${seat}`,
    people.join(', ') || 'nobody',
    openedAt === null ? 'told, not yet asked' : `asked ${at(openedAt)}`,
    decideBy === null ? '' : `until ${at(decideBy)}`,
    acknowledgedBy === null ? '' : `seen by ${acknowledgedBy}`,
  ]);
  const { next, nextStep } = decision;
  const facts = [
    ['question', decision.question],
    ['answer', answerText(decision)],
    ['right', `${decision.right ?? 'none'} (charter revision ${decision.charter.revision})`],
    ['hand-off', decision.handOff],
    ['digest', decision.digest],
    ...(next === null ? [] : [['next rung', `${next.seat}: ${next.people.join(', ')}`]]),
    ...(nextStep === null ? [] : [['next', `${nextStep.what} at ${at(nextStep.at)}`]]),
  ];
  const history = decision.history.map((one) => [`  ${at(one.at)}`, one.text]);
  return `${table(facts)}\nLadder\n${table(ladder)}\nHistory\n${table(history)}`;
}

export const decisionShow: Command = {
  name: 'decision show',
  summary: 'one decision: who was asked, who is next, and all that happened to it',
  places: ['ID'],
  remote: true,
  options: [],
  run: async (call) => {
    const path = `/v1/decisions/${encodeURIComponent(place(call, 0))}`;
    const decision = await call.client().ask<DecisionAnswer>(path);
    call.answer(decision, () => decisionText(call, decision));
    return 0;
  },
};

export const decide: Command = {
  name: 'incident decide',
  summary: 'answer a decision; the answer is bound to the exact action',
  places: ['ID', 'DECISION', OUTCOMES.join('|')],
  remote: true,
  options: [
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    { name: 'digest', value: 'D', text: 'only if the action is still this one' },
  ],
  run: async (call) => {
    const [incidentId, decisionId] = [place(call, 0), place(call, 1)];
    const outcome = oneOf(call, 'the answer', OUTCOMES, place(call, 2));
    const reason = call.required('reason');
    const client = call.client();
    const incident = await client.ask<IncidentAnswer>(
      `/v1/incidents/${encodeURIComponent(incidentId)}`,
    );
    const asked = incident.decisions.find(({ id }) => id === decisionId);
    if (asked === undefined) throw new FirebreakError('decision-unknown', { decision: decisionId });
    const digest = call.option('digest') ?? asked.digest;
    const path = `/v1/decisions/${encodeURIComponent(decisionId)}`;
    const body = { outcome, reason, digest };
    const answer = await client.ask<Decision>(path, { method: 'POST', body });
    call.answer(answer, () => {
      const rows = [
        ['question', answer.question],
        ['answer', answerText(answer)],
        ['digest', answer.digest],
      ];
      return table(rows);
    });
    return 0;
  },
};

/** `a=b` pairs, as the parameters of a decision. */
function parametersOf(call: Call): Readonly<Record<string, string>> {
  return Object.fromEntries(
    call.many('parameter').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) call.usage(`--parameter takes NAME=VALUE, not ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export const decisionAsk: Command = {
  name: 'decision ask',
  summary: 'ask for an act of the machine: reset-fuse, mark-suspect, rearm, resume, ...',
  places: ['KIND'],
  remote: true,
  options: [
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    { name: 'incident', value: 'ID', text: 'the incident that it belongs to' },
    { name: 'parameter', value: 'NAME=VALUE', text: 'what exactly, such as name=mia', many: true },
  ],
  run: async (call) => {
    const incident = call.option('incident');
    const body = {
      kind: place(call, 0),
      reason: call.required('reason'),
      parameters: parametersOf(call),
      ...(incident === undefined ? {} : { incident }),
    };
    const answer = await call.client().ask<Decision>('/v1/decisions', { method: 'POST', body });
    call.answer(answer, () => table([decisionLine(call, answer)]));
    return 0;
  },
};

export const suspects: Command = {
  name: 'suspects',
  summary: 'people and channels whose answers do not count',
  places: [],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<SuspectsAnswer>('/v1/suspects');
    call.answer(answer, () => {
      const rows = answer.suspects.map((one) => [one.kind, one.name, `since ${one.since}`, one.by]);
      return rows.length === 0 ? 'nobody is a suspect\n' : table(rows);
    });
    return 0;
  },
};

export const glassPrepare: Command = {
  name: 'break-glass prepare',
  summary: 'codes for the night when nobody else can decide; shown once, kept as hashes',
  places: ['PERSON'],
  remote: true,
  options: [
    { name: 'device', value: 'NAME', text: 'what they lie on or in; two from one device are one' },
    { name: 'count', value: 'N', text: 'how many; 5 by default' },
  ],
  run: async (call) => {
    const count = wholeNumber(call, 'count');
    const body = {
      person: place(call, 0),
      device: call.required('device'),
      ...(count === undefined ? {} : { count }),
    };
    const path = '/v1/break-glass/codes';
    const answer = await call.client().ask<GlassCodesAnswer>(path, { method: 'POST', body });
    call.answer(answer, () => {
      const head = `${answer.codes.length} codes of ${answer.person} on ${answer.device}; each works once, and they are not shown again\n`;
      return `${head}${answer.codes.map((code) => `  ${code}\n`).join('')}`;
    });
    return 0;
  },
};

export const glassUse: Command = {
  name: 'break-glass use',
  summary: 'decide with the codes of enough people, one a line on standard input',
  places: ['DECISION'],
  remote: true,
  options: [{ name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' }],
  run: async (call) => {
    const reason = call.required('reason');
    const lines = (await call.io.readInput()).split('\n').map((line) => line.trim());
    const codes = lines.filter((line) => line !== '');
    if (codes.length === 0) call.usage('the codes come on standard input, one a line');
    const client = call.client();
    const path = `/v1/decisions/${encodeURIComponent(place(call, 0))}`;
    const { digest } = await client.ask<DecisionAnswer>(path);
    const body = { codes, reason, digest };
    const answer = await client.ask<Decision>(`${path}/break-glass`, { method: 'POST', body });
    call.answer(answer, () => table([decisionLine(call, answer)]));
    return 0;
  },
};

export const cards: Command = {
  name: 'cards',
  summary: 'many questions put together: what waits for this person as cards',
  places: [],
  remote: true,
  options: [{ name: 'everybody', text: 'not only those of this token' }],
  run: async (call) => {
    const query = { state: 'open', person: call.flag('everybody') ? undefined : 'me' };
    const answer = await call.client().ask<CardsAnswer>('/v1/decision-cards', { query });
    call.answer(answer, () => {
      const rows = answer.cards.map((one) => [`  ${one.id}`, one.person, one.title]);
      return rows.length === 0 ? 'no cards\n' : table(rows);
    });
    return 0;
  },
};

export const cardDecide: Command = {
  name: 'cards decide',
  summary: 'answer every question of a card; what has changed since falls out and is asked again',
  places: ['CARD', 'approve|reject'],
  remote: true,
  options: [{ name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' }],
  run: async (call) => {
    const id = place(call, 0);
    const outcome = oneOf(call, 'the answer', ['approve', 'reject'] as const, place(call, 1));
    const reason = call.required('reason');
    const client = call.client();
    const { cards: all } = await client.ask<CardsAnswer>('/v1/decision-cards');
    const shown = all.find((one) => one.id === id);
    if (shown === undefined) throw new FirebreakError('decision-unknown', { decision: id });
    const body = { outcome, reason, digest: shown.digest };
    const path = `/v1/decision-cards/${encodeURIComponent(id)}`;
    const answer = await client.ask<DecisionCard>(path, { method: 'POST', body });
    call.answer(answer, () => `${answer.members.length} questions hear it: ${answer.title}\n`);
    return 0;
  },
};
