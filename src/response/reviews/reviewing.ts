import { FirebreakError, isFirebreakError, type StageName } from '../../kernel/index.ts';
import type { Actor } from '../actor.ts';
import { askerOf } from '../asking.ts';
import { liveFor, readKnownOf } from '../facts.ts';
import { stateOf } from '../find.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Incidents } from '../incidents.ts';
import type { Response } from '../model.ts';
import type { ResponseParts } from '../parts.ts';
import type { JudgeAnswer, JudgeRequest, ReviewDoor, ReviewsView } from './door.ts';
import type { Judged } from './judge.ts';
import type { TailAct } from './long-tail.ts';
import type { ReviewItem, Verdict } from './model.ts';
import { cardsOfReview, keyOf, reviewsViewOf } from './views.ts';
import { wantsVerdict } from './model.ts';

type Contain = Response['contain'];

export function createReviewDoor(
  parts: ResponseParts,
  incidents: Incidents,
  contain: Contain,
): ReviewDoor {
  const change = async (incident: string, act: TailAct, actor: Actor): Promise<ReviewsView> => {
    const { id } = await stateOf(incidents, incident);
    return reviewsViewOf((await incidents.apply(id, { type: 'long-tail', act }, actor.name)).state);
  };
  return {
    reviews: async (incident) => reviewsViewOf(await stateOf(incidents, incident)),
    judge: async (request, actor) => await judge(parts, incidents, contain, request, actor),
    takeOver: async ({ incident, keys, reason, until }, actor) => {
      const holder = personOf(actor);
      const untilMs = Date.parse(until);
      return await change(incident, { type: 'take', keys, holder, untilMs, reason }, actor);
    },
    endTail: async ({ incident, keys, reason }, actor) => {
      if (keys.length === 0)
        throw new FirebreakError('request-invalid', { problem: 'keys: say which are gone' });
      const why = `${personOf(actor)} says so: ${reason}`;
      return await change(incident, { type: 'end', keys, why }, actor);
    },
  };
}

/** What stays is held by somebody who can be asked. */
function personOf({ person }: Actor): string {
  if (person !== null) return person;
  const problem = 'nobody is behind this token; what stays is held by a person';
  throw new FirebreakError('request-invalid', { problem });
}

async function judge(
  parts: ResponseParts,
  incidents: Incidents,
  contain: Contain,
  request: JudgeRequest,
  actor: Actor,
): Promise<JudgeAnswer> {
  const state = await stateOf(incidents, request.incident);
  const refused: { readonly item: string; readonly why: string }[] = [];
  const lists = Map.groupBy(meantBy(state, request), (one) => `${one.identity} ${one.review}`);
  for (const items of lists.values()) {
    const [first] = items;
    if (first === undefined) continue;
    const base = await judgedBase(parts, state, first, items, actor);
    if (request.as === 'benign') {
      await apply(incidents, state, { ...base, as: 'benign', items, request, incident: null });
      continue;
    }
    for (const item of items) {
      const done = await cutOrAsk(contain, request, item, actor);
      if ('why' in done) refused.push({ item: item.id, why: done.why });
      else await apply(incidents, state, { ...base, ...done, items: [item], request });
    }
  }
  return { ...reviewsViewOf(await stateOf(incidents, state.id)), refused };
}

/** The items of a card as it was shown, or those that are named. */
function meantBy(
  { aftermath }: IncidentState,
  { card, items = [], review }: JudgeRequest,
): readonly ReviewItem[] {
  if (card !== undefined) {
    const found = cardsOfReview(aftermath.items.filter(wantsVerdict)).find(
      (one) => one.digest === card,
    );
    if (found !== undefined) return found.items;
    throw new FirebreakError('decision-digest-changed', {
      decision: 'card of a review',
      now: null,
    });
  }
  return items.flatMap((id) => {
    const named = aftermath.items.filter(
      (one) => (one.id === id || keyOf(one) === id) && (review ?? one.review) === one.review,
    );
    if (named.length > 0) return named;
    throw new FirebreakError('review-item-unknown', { item: id, review: review ?? 'of any kind' });
  });
}

async function judgedBase(
  parts: ResponseParts,
  state: IncidentState,
  { identity, review }: ReviewItem,
  items: readonly ReviewItem[],
  actor: Actor,
): Promise<Pick<Judged, 'identity' | 'review' | 'by' | 'owns'>> {
  const live = await liveFor(parts, await readKnownOf(parts, identity), state, 'contain');
  const owns = await ownedBy(parts, items, actor);
  return { identity, review, by: askerOf(parts, actor, live), owns };
}

/** Whoever owns a neighbour is asked about it, and may answer for it. */
async function ownedBy(
  { inventory }: ResponseParts,
  items: readonly ReviewItem[],
  { person }: Actor,
): Promise<readonly string[]> {
  const owned: string[] = [];
  for (const { id, review } of items) {
    const identity = review === 'downstream' ? await inventory.identity(id) : null;
    if (identity === null || person === null) continue;
    const { owners } = await inventory.owners(identity);
    if (owners.some(({ names }) => names.includes(person))) owned.push(id);
  }
  return owned;
}

interface Given extends Omit<Judged, 'items' | 'reason'> {
  readonly items: readonly ReviewItem[];
  readonly request: JudgeRequest;
}

async function apply(
  incidents: Incidents,
  { id }: IncidentState,
  { items, request, ...given }: Given,
): Promise<void> {
  const judged = { ...given, items: items.map((one) => one.id), reason: request.reason };
  await incidents.apply(id, { type: 'judge', judged }, given.by.name);
}

/** INVARIANT: a sibling is cut by its own plan and authority, in an incident of its own; here stands only where. */
async function cutOrAsk(
  contain: Contain,
  { as, reason, stage = 'suspend' }: JudgeRequest,
  { id, kind, name }: ReviewItem,
  actor: Actor,
): Promise<{ readonly as: Verdict; readonly incident: string | null } | { readonly why: string }> {
  if (NO_IDENTITY.has(kind)) return { why: `${name} is a ${kind}: cut what reads or serves it` };
  // A question is put by nobody who could answer it at once.
  const by: Actor = as === 'ask' ? { name: `${actor.name} in a review`, person: null } : actor;
  const wanted: StageName = stage;
  try {
    const answer = await contain({ ref: id, stage: wanted, reason, dryRun: false }, by);
    const isCut = answer.containments.some((one) => one.authority !== null);
    return { as: isCut ? 'cut' : 'asked', incident: answer.incident };
  } catch (error) {
    if (!isFirebreakError(error) || error.code === 'internal-invariant') throw error;
    return { why: `${error.code}: ${error.message}` };
  }
}

const NO_IDENTITY: ReadonlySet<string> = new Set(['store', 'resource', 'service', 'workload']);
