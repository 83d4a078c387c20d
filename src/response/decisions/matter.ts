import type { DecisionKind, Severity } from '../../authority/index.ts';
import { digestOf, FirebreakError, type Id, type JsonObject } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import { approveOwn } from './asking.ts';
import type { Asker } from './hearing.ts';
import { openDecision } from './open.ts';

/** An act that no cut carries out: of the machine itself, or towards people outside. */
export interface ActAsked {
  readonly act: DecisionKind;
  readonly what: string;
  /** Part of the digest: another parameter is another decision. */
  readonly parameters: JsonObject;
  readonly severity: Severity;
  readonly reason: string;
  readonly by: Asker;
}

export function askAct(draft: Draft, asked: ActAsked, isNew: boolean): Id<'decision'> {
  const { act, what, parameters, reason, by } = asked;
  // INVARIANT: a charter is adopted by signatures alone; an approved question about it would change nothing.
  if (act === 'adopt-charter') throw new FirebreakError('adoption-own-door', {});
  if (isNew) {
    draft.record('incident.opened', {
      title: what,
      severity: asked.severity,
      firstSuspectAtMs: draft.facts.nowMs,
      machine: true,
    });
  }
  const digest = digestOf({ verb: 'act', act, parameters });
  const { decisions } = draft.state();
  const same = decisions.findLast((one) => one.digest === digest);
  if (same?.state === 'open') {
    approveOwn(draft, same.id, asked);
    return same.id;
  }
  if (same?.rejectedUntilMs != null && same.rejectedUntilMs > draft.facts.nowMs) {
    const state = `rejected by ${same.decidedBy ?? 'somebody'} and that still holds`;
    throw new FirebreakError('decision-closed', { decision: same.id, state });
  }
  const action = { verb: 'act', act, what, parameters } as const;
  const { resolution } = by.live;
  const id = openDecision(draft, { kind: act, action, digest, why: reason, resolution });
  approveOwn(draft, id, asked);
  return id;
}

/** A matter of the machine is over with its last question. */
export function closeMatter(draft: Draft): void {
  const state = draft.state();
  if (state.machine !== true || state.status === 'closed') return;
  if (state.decisions.some((one) => one.state === 'open')) return;
  draft.record('incident.closed', { why: 'what was asked is decided' });
}
