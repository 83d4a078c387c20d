import { assertNever } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import type { EvidenceAct } from './model.ts';

/** INVARIANT: no item is opened, held, released or deleted without an entry in the same commit. */
export function keepCustody(draft: Draft, act: EvidenceAct): void {
  const { hold } = draft.state();
  switch (act.type) {
    case 'open':
      draft.record('evidence.opened', { items: act.items, reason: act.reason });
      return;
    case 'hold':
      if (hold === null) draft.record('evidence.held', { reason: act.reason });
      return;
    case 'release':
      if (hold === null) return;
      draft.record('evidence.released', { reason: act.reason });
      planAgeing(draft);
      return;
    case 'age':
      age(draft, act.items);
      return;
    default:
      assertNever(act);
  }
}

/** Only evidence of a closed incident grows old; a hold outlasts every age. */
function age(draft: Draft, items: Extract<EvidenceAct, { readonly type: 'age' }>['items']): void {
  const { closedAtMs, hold, status } = draft.state();
  const { nowMs, settings } = draft.facts;
  if (
    status !== 'closed' ||
    closedAtMs === null ||
    nowMs < closedAtMs + settings.evidenceRetentionMs
  )
    return;
  if (items.length === 0) return;
  if (hold !== null) {
    draft.record('evidence.deletion-refused', { why: `legal hold by ${hold.by}: ${hold.reason}` });
    return;
  }
  draft.record('evidence.deleted', { items, why: 'kept as long as the settings say' });
  draft.effect({ type: 'delete-evidence', items: items.map((item) => item.id) });
}

/** Evidence of an incident that was closed just now is looked at again when it is old enough to go. */
export function startAgeing(draft: Draft, before: IncidentState | null): void {
  const { closedAtMs } = draft.state();
  if (closedAtMs !== null && closedAtMs !== before?.closedAtMs) planAgeing(draft);
}

function planAgeing(draft: Draft): void {
  const { closedAtMs, cuts } = draft.state();
  if (closedAtMs === null || !cuts.some((cut) => cut.evidenceWanted)) return;
  const dueAtMs = closedAtMs + draft.facts.settings.evidenceRetentionMs;
  draft.effect({ type: 'evidence-age', dueAtMs: Math.max(dueAtMs, draft.facts.nowMs) });
}
