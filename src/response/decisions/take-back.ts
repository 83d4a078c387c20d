import type { DecisionKind } from '../../authority/index.ts';
import { digestOf, type Id } from '../../kernel/index.ts';
import { type CutState, isStanding } from '../containment/model.ts';
import { rearmCut } from '../containment/rearm.ts';
import { restoreDigest, voidRestore } from '../containment/restore.ts';
import { resumeCut } from '../containment/decide.ts';
import { cutOf, type Draft, startWatch, subjectOf } from '../incident/draft.ts';
import { plan, recontain } from '../incident/ladder.ts';
import type { Hold } from '../plan/plan.ts';
import { authoriseAsked } from './effect.ts';
import type { DecisionAction, IncidentDecision } from './model.ts';

/** What gives something back or lets something go on. */
const LOOSENING: ReadonlySet<DecisionKind> = new Set([
  'restore',
  'resume',
  'rearm',
  'reset-fuse',
  'end-exercise',
]);

/** Taking a suspicion back loosens; marking one does not. */
export function isLoosening({ kind, action }: Pick<IncidentDecision, 'kind' | 'action'>): boolean {
  return LOOSENING.has(kind) || isClearing(action);
}

function isClearing(action: DecisionAction): boolean {
  return (
    action.verb === 'act' &&
    action.act === 'mark-suspect' &&
    action.parameters['mark'] === 'taken-back'
  );
}

/** The same question in the form that it has now. */
export interface Asked {
  readonly action: DecisionAction;
  readonly digest: string;
}

/** What a decision has let in is held again. Returns how it may be asked again; null = there is nothing to ask. */
export function takeBack(
  draft: Draft,
  { id, action }: Pick<IncidentDecision, 'id' | 'action'>,
  why: string,
): Asked | null {
  if (action.verb === 'cut') return null;
  if (action.verb === 'restore') {
    holdIdentity(draft, action.identity, id, why);
    const { identity, cause } = action;
    const { digest, plan: restore } = restoreDigest(draft.state(), identity, cause);
    return { action: { ...action, cuts: restore.givesBack }, digest };
  }
  let { parameters } = action;
  if (action.act === 'rearm') {
    const cut = rearmCut(draft.state(), parameters);
    const held = cut === null ? null : holdCredential(draft, cut, id, why);
    if (held !== null) parameters = { ...parameters, containment: held.id };
  }
  if (isClearing(action)) {
    const { kind = '', name = '' } = parameters;
    draft.effect({ type: 'act', decision: id, act: 'mark-suspect', parameters: { kind, name } });
  }
  const { act } = action;
  return { action: { ...action, parameters }, digest: digestOf({ verb: 'act', act, parameters }) };
}

/** What a restore gave back: the same cuts once more, on the authority that this is only what held before. */
function holdIdentity(
  draft: Draft,
  identity: Id<'identity'>,
  decision: Id<'decision'>,
  why: string,
): void {
  if (voidRestore(draft, identity, why)) return;
  const given = draft
    .state()
    .cuts.filter(({ status, restore }) => status === 'restored' && restore?.decision === decision);
  if (draft.state().status === 'closed') {
    draft.record('incident.reopened', { why });
    startWatch(draft, identity);
  }
  const held = given.filter((cut) => cutAgain(draft, cut, decision, why) !== null);
  if (held.length === 0 && given.length > 0) recontain(draft, identity, true, why);
}

/** The credential that was let in again: it counts as exposed as before, and is cut once more. */
function holdCredential(
  draft: Draft,
  cut: CutState,
  decision: Id<'decision'>,
  why: string,
): CutState | null {
  if (cut.status === 'reverting') {
    if (cut.restore?.revertedAtMs === null) return null;
    resumeCut(draft, cut, why);
    return cut;
  }
  if (cut.status !== 'restored') return null;
  const { identity, credential } = cut.subject;
  if (draft.state().status === 'closed') {
    draft.record('incident.reopened', { why });
    startWatch(draft, identity);
  }
  const known = subjectOf(draft, identity).credentials.find((one) => one.id === credential);
  if (credential !== null && known !== undefined && !known.exposed)
    draft.record('exposure.recorded', { identity, credential, custody: known.custody });
  return cutAgain(draft, cut, decision, why);
}

function cutAgain(
  draft: Draft,
  cut: CutState,
  decision: Id<'decision'>,
  why: string,
): CutState | null {
  const again = plan(draft, cut.subject.identity, holdOf(draft, cut, why), 'again');
  if (again !== null) authoriseAsked(draft, again.id, { by: 'default', id: decision });
  return again;
}

/** Cuts that were dropped, once more. */
export function plannedAgain(
  draft: Draft,
  action: Extract<DecisionAction, { readonly verb: 'cut' }>,
): Asked | null {
  const cuts = action.cuts.flatMap((id) => {
    const cut = cutOf(draft, id);
    if (isStanding(cut)) return [];
    const hold = holdOf(draft, cut, 'asked again');
    return plan(draft, cut.subject.identity, hold, 'again')?.id ?? [];
  });
  if (cuts.length === 0) return null;
  const { guarantee } = action;
  const digests = cuts.map((id) => cutOf(draft, id).digest);
  return { action: { ...action, cuts }, digest: digestOf({ verb: 'cut', guarantee, digests }) };
}

function holdOf(draft: Draft, { order, subject }: CutState, why: string): Hold {
  const { credentials } = subjectOf(draft, subject.identity);
  return {
    guarantee: order.guarantee,
    grain: order.grain,
    credential: credentials.find((one) => one.id === subject.credential) ?? null,
    descendantOf: subject.descendantOf,
    depth: 0,
    ...(order.subject.session === undefined ? {} : { session: order.subject.session }),
    why,
  };
}
