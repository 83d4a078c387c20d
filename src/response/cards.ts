import { FirebreakError, isFirebreakError, LIMITS, toTimestamp } from '../kernel/index.ts';
import { appendCommands, type LedgerEntry } from '../ledger/index.ts';
import { PRIORITY, type Step, type StepHandler, type StepPlan } from '../runner/index.ts';
import { askerOf } from './asking.ts';
import {
  answerCardCommand,
  countTold,
  forgetWish,
  insertCard,
  isWished,
  type KeptCard,
  listCards,
  openQuestionsOf,
  readCard,
  settleCardCommands,
  wishCommand,
} from './card-store.ts';
import { cardsOf, type Member } from './decisions/cards.ts';
import { decisionOf } from './decisions/find.ts';
import { hear, refuseUnasked } from './decisions/hearing.ts';
import type { IncidentDecision } from './decisions/model.ts';
import { newestRung } from './decisions/rungs.ts';
import { liveOf } from './facts.ts';
import { stateOf } from './find.ts';
import type { IncidentState } from './incident/model.ts';
import type { Incidents } from './incidents.ts';
import type { Actor, AnswerCardRequest, CardView, Response } from './model.ts';
import type { Prepared } from './effects.ts';
import type { ResponseParts } from './parts.ts';

/** True when this person was told of more than the charter lets one be asked: their questions are put together. */
export async function isOverloaded(parts: ResponseParts, person: string): Promise<boolean> {
  const fuse = parts.authority.charter().fuses.decisionsAPerson;
  if (fuse === null) return false;
  const sinceMs = parts.clock.nowMs() - fuse.perMs;
  return (await countTold(parts.store, person, sinceMs)) > fuse.limit;
}

/** Within the moment in which more of them may come. */
export async function collectFor(
  parts: ResponseParts,
  people: readonly string[],
): Promise<Prepared> {
  const nowMs = parts.clock.nowMs();
  const steps: StepPlan[] = [];
  for (const person of people) {
    if (await isWished(parts.store, person)) continue;
    steps.push(step(parts, 'card.collect', { person }, nowMs + LIMITS.cardCollectMs));
  }
  const planned = parts.runner.plan(steps);
  return { commands: [...people.map(wishCommand), ...planned.commands], start: planned.start };
}

function step(
  parts: ResponseParts,
  kind: string,
  payload: StepPlan['payload'],
  dueAtMs: number,
): StepPlan {
  const id = parts.ids.next('step');
  const subject = typeof payload['card'] === 'string' ? payload['card'] : id;
  const base = { id, key: id, kind, subject, lane: null, target: null };
  return { ...base, priority: PRIORITY.notification, dueAtMs, payload };
}

export function cardStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
): readonly StepHandler[] {
  const nothing: StepHandler['perform'] = async () =>
    await Promise.resolve({ type: 'done', result: {} });
  return [
    {
      kind: 'card.collect',
      perform: nothing,
      record: async (one, _outcome, settle) => {
        await collectOnce(parts, incidents, textOf(one, 'person'), settle);
      },
    },
    {
      kind: 'card.page',
      attemptsMax: LIMITS.pageAttemptsMax,
      callTimeoutMs: LIMITS.pageTimeoutMs,
      perform: async (one, { signal }) => {
        const card = await readCard(parts.store, textOf(one, 'card'));
        if (card?.state === 'open') await parts.notifier.notify(pageOf(one.key, card), signal);
        return { type: 'done', result: {} };
      },
    },
    {
      kind: 'card.settle',
      perform: nothing,
      record: async (one, _outcome, settle) => {
        await settleCard(parts, incidents, textOf(one, 'card'), settle);
      },
    },
  ];
}

/** Payloads are written by this file. */
function textOf({ payload }: Step, name: 'person' | 'card'): string {
  const value = payload[name];
  return typeof value === 'string' ? value : '';
}

function pageOf(key: string, card: KeptCard): Parameters<ResponseParts['notifier']['notify']>[0] {
  const { person, title, digest, members } = card;
  const [first] = members;
  return {
    key,
    person,
    channels: [],
    about: 'opened',
    seat: first?.seat ?? '',
    decision: {
      id: card.id,
      incident: first?.incident ?? '',
      kind: 'contain',
      question: title,
      digest,
      deadline: null,
    },
    text: `${members.length} questions on one card: ${title}`,
  };
}

function entryOf(
  parts: ResponseParts,
  kind: string,
  actor: string,
  data: LedgerEntry['data'],
): LedgerEntry {
  const at = toTimestamp(parts.clock.nowMs());
  return { id: parts.ids.next('entry'), at, kind, actor, incident: null, ordinal: null, data };
}

const COLLECT_TRIES = 5;

/** Two collections at once would both see the same questions: the later one looks again at what is left. */
async function collectOnce(...given: Parameters<typeof collect>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await collect(...given);
      return;
    } catch (error) {
      if (!isFirebreakError(error, 'store-constraint') || attempt >= COLLECT_TRIES) throw error;
    }
  }
}

async function collect(
  parts: ResponseParts,
  incidents: Incidents,
  person: string,
  settle: Parameters<NonNullable<StepHandler['record']>>[2],
): Promise<void> {
  const questions = await openQuestionsOf(parts.store, person, LIMITS.cardMembersMax);
  const members: Member[] = [];
  for (const { incident, decision } of questions) {
    const state = await stateOf(incidents, incident);
    const one = decisionOf(state, decision);
    if (newestRung(one)?.people.includes(person) === true) members.push(memberOf(state, one));
  }
  const openedAtMs = parts.clock.nowMs();
  const limit = parts.authority.charter().fuses.decisionsAPerson?.limit ?? LIMITS.cardsMax;
  const cards = cardsOf(members, Math.min(limit, LIMITS.cardsMax)).map<KeptCard>((card) => ({
    ...card,
    id: parts.ids.next('card'),
    person,
    state: 'open',
    openedAtMs,
    outcome: null,
    answeredBy: null,
    reason: null,
  }));
  const pages = parts.runner.plan(
    cards.map(({ id }) => step(parts, 'card.page', { card: id }, openedAtMs)),
  );
  const actor = `node:${parts.runner.nodeId}`;
  const entries = cards.map(({ id: card, title, digest, members: on }) =>
    entryOf(parts, 'card.opened', actor, {
      card,
      person,
      title,
      digest,
      members: on.map((one) => ({ decision: one.decision, digest: one.digest })),
    }),
  );
  await parts.store.write([
    ...settle,
    forgetWish(person),
    ...cards.flatMap(insertCard),
    ...(entries.length === 0 ? [] : appendCommands(entries)),
    ...pages.commands,
  ]);
  parts.ledger.written();
  pages.start();
}

function memberOf(state: IncidentState, decision: IncidentDecision): Member {
  const { id, digest, kind, right, action } = decision;
  const subject =
    action.verb === 'act'
      ? undefined
      : state.subjects.find((one) => one.identity === action.identity);
  return {
    decision: id,
    incident: state.id,
    digest,
    kind,
    right: right ?? '',
    action:
      action.verb === 'cut'
        ? `${kind} ${action.guarantee}`
        : action.verb === 'restore'
          ? `restore ${action.cause}`
          : action.what,
    class: subject?.resolution.classes.join(' and ') ?? 'none',
    seat: newestRung(decision)?.seat ?? '',
    severity: state.severity,
  };
}

export function createCards(
  parts: ResponseParts,
  incidents: Incidents,
): Pick<Response, 'cards' | 'answerCard'> {
  return {
    cards: async (filter) => (await listCards(parts.store, filter, LIMITS.pageRowsMax)).map(viewOf),
    answerCard: async (request, actor) => await answerCard(parts, incidents, request, actor),
  };
}

function viewOf(card: KeptCard): CardView {
  const { openedAtMs, members, ...rest } = card;
  return {
    ...rest,
    openedAt: toTimestamp(openedAtMs),
    members: members.map(({ decision, incident, digest }) => ({ decision, incident, digest })),
  };
}

/** The answer is durable at once; each member hears it in its own incident, and only as it was shown. */
async function answerCard(
  parts: ResponseParts,
  incidents: Incidents,
  { card: id, outcome, reason, digest }: AnswerCardRequest,
  actor: Actor,
): Promise<CardView> {
  const card = await readCard(parts.store, id);
  if (card === null) throw new FirebreakError('decision-unknown', { decision: id });
  if (card.state !== 'open')
    throw new FirebreakError('decision-closed', { decision: id, state: card.state });
  if (card.digest !== digest)
    throw new FirebreakError('decision-digest-changed', { decision: id, now: card.digest });
  await checkHeard(parts, incidents, card, actor);
  const by = actor.person ?? actor.name;
  const settle = parts.runner.plan([step(parts, 'card.settle', { card: id }, parts.clock.nowMs())]);
  const { assertion } = actor;
  const signed = assertion === undefined ? {} : { assertion };
  const said = { card: id, outcome, by, reason, digest, ...signed };
  const entry = entryOf(parts, 'card.answered', actor.name, said);
  try {
    await parts.store.write([
      answerCardCommand(id, { outcome, by, reason }),
      ...appendCommands([entry]),
      ...settle.commands,
    ]);
  } catch (error) {
    if (!isFirebreakError(error, 'store-conflict')) throw error;
    throw new FirebreakError('decision-closed', { decision: id, state: 'answered' }, error);
  }
  parts.ledger.written();
  settle.start();
  return viewOf({ ...card, state: 'answered', outcome, answeredBy: by, reason });
}

/** By the first question on it that is still open; each of the others judges for itself. */
async function checkHeard(
  parts: ResponseParts,
  incidents: Incidents,
  card: KeptCard,
  actor: Actor,
): Promise<void> {
  for (const { incident, decision: id } of card.members) {
    const state = await stateOf(incidents, incident);
    const decision = decisionOf(state, id);
    if (decision.state !== 'open') continue;
    const by = askerOf(parts, actor, await liveOf(parts, state, decision));
    const { isAsked, mayApprove } = hear(decision, by);
    if (!isAsked && !mayApprove) refuseUnasked(state, decision, by);
    return;
  }
}

async function settleCard(
  parts: ResponseParts,
  incidents: Incidents,
  id: string,
  settle: Parameters<NonNullable<StepHandler['record']>>[2],
): Promise<void> {
  const card = await readCard(parts.store, id);
  if (card?.state !== 'answered') {
    await parts.store.write(settle);
    return;
  }
  const fellOut: { decision: string; code: string }[] = [];
  for (const member of card.members) {
    const code = await answerMember(parts, incidents, card, member);
    if (code !== null) fellOut.push({ decision: member.decision, code });
  }
  const actor = `node:${parts.runner.nodeId}`;
  const answered = card.members.length - fellOut.length;
  // What fell out is asked again, as it is now.
  const again = fellOut.length === 0 ? null : await collectFor(parts, [card.person]);
  await parts.store.write([
    ...settle,
    ...settleCardCommands(id),
    ...appendCommands([entryOf(parts, 'card.settled', actor, { card: id, answered, fellOut })]),
    ...(again?.commands ?? []),
  ]);
  parts.ledger.written();
  again?.start();
}

/** Null when it heard the answer, now or before a crash; else why it did not. */
async function answerMember(
  parts: ResponseParts,
  incidents: Incidents,
  card: KeptCard,
  { incident, decision: id, digest }: Member,
): Promise<string | null> {
  const person = card.answeredBy ?? '';
  const state = await stateOf(incidents, incident);
  const decision = decisionOf(state, id);
  const heard = decision.votes.some((vote) => vote.person === person);
  if (heard || decision.decidedBy === person) return null;
  const actor = { name: `person:${person}`, person };
  const by = askerOf(parts, actor, await liveOf(parts, state, decision));
  const outcome = card.outcome === 'reject' ? 'reject' : 'approve';
  const reason = `${card.reason ?? ''} (card ${card.id})`;
  const answer = { decision: decision.id, outcome, reason, digest, by } as const;
  try {
    await incidents.apply(state.id, { type: 'answer', answer }, actor.name);
    return null;
  } catch (error) {
    if (!isFirebreakError(error) || error.code === 'internal-invariant') throw error;
    return error.code;
  }
}
