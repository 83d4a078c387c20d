import { AUTHENTICITIES, isAtLeast } from '../../kernel/index.ts';
import type { NewSubject } from './entries.ts';
import { type Draft, subjectOf } from './draft.ts';
import { advance, ask, closeWindow, startContainment } from './ladder.ts';
import { revokeExposed } from './revoke.ts';
import type { Considered, IncidentSignal, IncidentState, NamedCredential } from './model.ts';

/** A signal with its subject: opens the incident or joins it. */
export function consider(draft: Draft, considered: Considered, isNew: boolean): void {
  const { signal } = considered;
  const occurredAtMs = Date.parse(signal.occurredAt);
  if (isNew) {
    draft.record('incident.opened', {
      title: titleOf(considered),
      severity: considered.severity,
      firstSuspectAtMs: occurredAtMs - draft.facts.settings.lookBackMs,
    });
  }
  const known = draft.state().subjects.some((one) => one.identity === considered.found.identity.id);
  const attached: IncidentSignal = {
    id: signal.id,
    type: signal.type,
    source: signal.source,
    authenticity: signal.authenticity,
    confidence: signal.confidence,
    occurredAtMs,
  };
  const second = isSecondVoice(draft.state(), attached);
  draft.record('signal.attached', { signal: attached }, `source:${signal.source}`);
  if (signal.type === 'all-clear') {
    if (known) considerAllClear(draft, considered);
    return;
  }
  if (draft.state().status === 'closed')
    draft.record('incident.reopened', { why: `a new ${signal.type} signal` });
  if (known) joinSubject(draft, considered, second);
  else addSubject(draft, considered);
}

function titleOf(considered: Considered): string {
  const { signal, found } = considered;
  return `${signal.type} of ${found.identity.name} on ${found.identity.target}`;
}

/** Independent: another source than any before. */
function isSecondVoice(state: IncidentState, signal: IncidentSignal): boolean {
  return state.signals.length > 0 && state.signals.every((one) => one.source !== signal.source);
}

function namedCredential(considered: Considered): readonly NamedCredential[] {
  const { found, signal, credentialRef } = considered;
  if (found.credential === null || credentialRef === null) return [];
  const exposed = signal.type === 'credential-exposed';
  return [{ id: found.credential.id, ref: credentialRef, exposed, custody: signal.custody }];
}

function addSubject(draft: Draft, considered: Considered): void {
  const { found } = considered;
  const subject: NewSubject = {
    identity: found.identity.id,
    name: found.identity.name,
    target: found.identity.target,
    identityRef: considered.identityRef,
    credentials: namedCredential(considered),
    capabilities: considered.capabilities,
    resolution: considered.resolution,
    knownCredentials: considered.knownCredentials,
  };
  draft.record('signal.attributed', { subject, by: JSON.stringify(found.by) });
  startContainment(draft, found.identity.id);
  const everyMs = draft.facts.settings.watchMs;
  draft.effect({
    type: 'watch',
    identity: found.identity.id,
    dueAtMs: draft.facts.nowMs + everyMs,
    everyMs,
  });
}

function joinSubject(draft: Draft, considered: Considered, second: boolean): void {
  const identity = considered.found.identity.id;
  draft.record('authority.resolved', { identity, resolution: considered.resolution });
  const before = subjectOf(draft, identity);
  const [named] = namedCredential(considered);
  const isKnown = before.credentials.some((one) => one.id === named?.id);
  if (named !== undefined && isKnown && named.exposed) {
    draft.record('exposure.recorded', { identity, credential: named.id, custody: named.custody });
  }
  if (named !== undefined && !isKnown)
    draft.record('credential.named', { identity, credential: named });
  if (!hasCut(draft.state(), identity)) startContainment(draft, identity);
  else if (second && before.window?.name === 'W1') {
    const why = `a second, independent source: ${considered.signal.source}`;
    closeWindow(draft, identity, 'advance', why);
    advance(draft, identity, why);
  }
}

function hasCut(state: IncidentState, identity: string): boolean {
  return state.cuts.some(
    (cut) =>
      cut.subject.identity === identity && cut.status !== 'dropped' && cut.status !== 'restored',
  );
}

/**
 * A benign statement is an attack path: it counts only from a source independent of those that raised the incident and
 * at least as authentic as they are, and then it only holds what comes next. Giving back takes the right to restore.
 */
function considerAllClear(draft: Draft, considered: Considered): void {
  const identity = considered.found.identity.id;
  const raised = draft.state().signals.filter((signal) => signal.type !== 'all-clear');
  const { signal } = considered;
  const independent = raised.every((one) => one.source !== signal.source);
  const authentic = raised.every((one) =>
    isAtLeast(AUTHENTICITIES, signal.authenticity, one.authenticity),
  );
  if (!independent || !authentic) return;
  const why = `all-clear from ${signal.source}`;
  draft.record('exposure.withdrawn', { identity, by: signal.id });
  draft.record('subject.held', { identity, why });
}

/** W1 or W2 came to its end and nothing had closed it. */
export function windowEnded(
  draft: Draft,
  identity: Parameters<typeof advance>[1],
  name: 'W1' | 'W2',
): void {
  const subject = subjectOf(draft, identity);
  if (subject.window?.name !== name || subject.window.untilMs > draft.facts.nowMs) return;
  if (draft.state().status !== 'open') return;
  if (subject.held !== null) {
    closeWindow(draft, identity, 'hold', subject.held);
    if (name === 'W1') ask(draft, identity, [], 'G4', `on hold: ${subject.held}`);
    return;
  }
  closeWindow(draft, identity, 'lapse', `nobody objected within ${name}`);
  if (name === 'W1') advance(draft, identity, 'nobody objected to isolation in time');
  else revokeExposed(draft, identity);
}
