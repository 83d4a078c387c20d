import { namedIn } from './containment/model.ts';
import { GUARANTEES, type StageName, STAGE_GUARANTEES } from '../kernel/index.ts';
import type { IncidentDecision, IncidentState } from './incident/model.ts';

export function stageOf(guarantee: (typeof GUARANTEES)[number]): StageName {
  const names = Object.keys(STAGE_GUARANTEES) as readonly StageName[]; // keys of a const object
  return names.find((name) => STAGE_GUARANTEES[name] === guarantee) ?? 'restrict';
}

export function questionOf(state: IncidentState, decision: IncidentDecision): string {
  const { action } = decision;
  if (action.verb === 'restore') {
    const subject = state.subjects.find((one) => one.identity === action.identity);
    return `Give back ${subject?.name ?? action.identity} (${action.cause})?`;
  }
  if (action.verb === 'act') return `${capital(action.what)}?`;
  const identities = identitiesOf(state, action);
  if (identities > 1)
    return `${capital(stageOf(action.guarantee))} these ${identities} identities?`;
  const cut = state.cuts.find((one) => one.id === action.cuts[0]);
  const subject =
    state.subjects.find((one) => one.identity === cut?.subject.identity) ?? state.subjects[0];
  const isWhole = cut === undefined || cut.order.grain === 'identity';
  const what = isWhole ? (subject?.name ?? state.title) : namedIn(cut.order);
  return `${capital(stageOf(action.guarantee))} ${what} on ${subject?.target ?? 'its target'}?`;
}

/** A question that names no identity is about those on its list. */
function identitiesOf(
  { cuts }: IncidentState,
  action: Extract<IncidentDecision['action'], { readonly verb: 'cut' }>,
): number {
  if (action.identity !== undefined || action.cuts.length < 2) return 1;
  const listed = new Set<string>(action.cuts);
  return new Set(cuts.filter((one) => listed.has(one.id)).map((one) => one.subject.identity)).size;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
