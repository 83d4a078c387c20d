import { AUTHENTICITIES, GUARANTEES, type Guarantee, isAtLeast } from '../../kernel/index.ts';
import { isOpenFor, restoreUnderWay } from './giving-back.ts';
import type { NewSubject } from './entries.ts';
import { type Draft, startWatch, subjectOf } from './draft.ts';
import { voidRestore } from '../containment/restore.ts';
import { isStanding } from '../containment/model.ts';
import { COMPROMISE_ROWS } from '../plan/compromise.ts';
import { capabilityOf, type Hold } from '../plan/plan.ts';
import {
  advance,
  ask,
  askForIsolation,
  closeWindow,
  cutAutomatically,
  plan,
  recontain,
  startContainment,
} from './ladder.ts';
import { type ReplacementMissing, revokeExposed, waitsFor } from './revoke.ts';
import { isHeldBySessionsAlone, sessionsOf, startWithSessions } from './sessions.ts';
import {
  allClearOf,
  type Considered,
  type IncidentSignal,
  type IncidentState,
  type NamedCredential,
  type SubjectState,
} from './model.ts';

/** A signal with its subject: opens the incident or joins it. */
export function consider(draft: Draft, considered: Considered, isNew: boolean): void {
  const { signal } = considered;
  // The same statement again: everything that follows from it has followed.
  if (!isNew && draft.state().signals.some((one) => one.id === signal.id)) return;
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
  setAside(draft, considered);
  if (signal.type === 'all-clear') {
    if (known) considerAllClear(draft, considered);
    // It is on record; it begins nothing.
    if (isNew) draft.record('incident.closed', { why: 'an all-clear with nothing to respond to' });
    return;
  }
  const wasClosed = draft.state().status === 'closed';
  if (wasClosed) draft.record('incident.reopened', { why: `a new ${signal.type} signal` });
  if (known) joinSubject(draft, considered, { second, wasClosed });
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
  const named = { id: found.credential.id, ref: credentialRef, exposed, custody: signal.custody };
  return [isVouched(considered) ? named : { ...named, claimed: true }];
}

/** INVARIANT: nothing automatic follows from a statement that nobody vouches for. */
function isVouched(considered: Considered): boolean {
  return considered.signal.authenticity !== 'unauthenticated' && !isSetAside(considered);
}

/** A source whose fuse is blown may be flooding us: heard, and not believed, until a right holder resets it. */
function isSetAside({ signal, resolution, quarantined }: Considered): boolean {
  return quarantined === true || resolution.quarantineSource === signal.source;
}

/** It stays so when the fuse counts anew: whoever took a source over may wait. */
function setAside(draft: Draft, { signal, resolution, quarantined }: Considered): void {
  if (quarantined === true || resolution.quarantineSource !== signal.source) return;
  const { source, id: by } = signal;
  draft.effect({ type: 'quarantine', source, by });
  draft.record('source.quarantined', { source, by });
}

/** What was compromised picks the layer: the named credential, the tokens of its grant, or the identity as a whole. */
function takenHoldOf(considered: Considered): Pick<NewSubject, 'credentials' | 'wide'> {
  const named = namedCredential(considered);
  const { compromise = 'unclear', family = [] } = considered;
  const { layer } = COMPROMISE_ROWS[compromise];
  if (!isVouched(considered)) return { credentials: named, wide: false };
  const others =
    layer === 'token-family'
      ? family.filter((one) => named.every((each) => each.id !== one.id))
      : [];
  const credentials = [...named, ...others];
  const isWide = credentials.length === 0 && sessionsOf(considered).length === 0;
  return { credentials, wide: layer === 'identity' || isWide };
}

function addSubject(draft: Draft, considered: Considered): void {
  const { found } = considered;
  const subject: NewSubject = {
    identity: found.identity.id,
    name: found.identity.name,
    target: found.identity.target,
    identityRef: considered.identityRef,
    ...takenHoldOf(considered),
    ...(considered.compromise === undefined ? {} : { compromise: considered.compromise }),
    ...(considered.survival === undefined ? {} : { survival: considered.survival }),
    capabilities: considered.capabilities,
    resolution: considered.resolution,
    knownCredentials: considered.knownCredentials,
    ...(considered.shared === undefined ? {} : { shared: considered.shared }),
    ...(considered.knownSessions === undefined ? {} : { knownSessions: considered.knownSessions }),
  };
  draft.record('signal.attributed', { subject, by: JSON.stringify(found.by) });
  begin(draft, considered, isVouched(considered));
  startWatch(draft, found.identity.id);
}

/** A session alone, where that is what the statement is about and the target can; else what carries it. */
function begin(draft: Draft, considered: Considered, mayAct: boolean): void {
  const identity = considered.found.identity.id;
  if (!startWithSessions(draft, identity, considered, mayAct))
    startContainment(draft, identity, mayAct);
}

interface Joining {
  /** No source before has said anything: an independent second voice. */
  readonly second: boolean;
  readonly wasClosed: boolean;
}

function joinSubject(draft: Draft, considered: Considered, joining: Joining): void {
  const { signal, resolution } = considered;
  const identity = considered.found.identity.id;
  const mayAct = isVouched(considered);
  const why = `a new ${signal.type} signal from ${signal.source}`;
  const wide = isWidened(draft, considered);
  // What was held so far was held for single credentials: that says nothing about the rest of the identity.
  const widened = wide && subjectOf(draft, identity).wide !== true;
  draft.record('authority.resolved', {
    identity,
    resolution,
    wide,
    ...(considered.survival === undefined ? {} : { survival: considered.survival }),
  });
  const added = recordNamed(draft, considered);
  if (joining.wasClosed) startWatch(draft, identity);
  const voided = mayAct && voidRestore(draft, identity, why);
  if (restoreUnderWay(draft.state(), identity) !== null) return;
  if (!isActedOn(draft.state(), identity)) {
    if (mayAct || !isAsked(draft.state(), identity)) begin(draft, considered, mayAct);
    return;
  }
  if (voided || joining.wasClosed || widened) {
    recontain(draft, identity, mayAct, why);
    return;
  }
  if (startWithSessions(draft, identity, considered, mayAct)) return;
  if (isHeldBySessionsAlone(draft.state(), identity)) {
    startContainment(draft, identity, mayAct);
    return;
  }
  if (joining.second && mayAct && subjectOf(draft, identity).window?.name === 'W1') {
    const second = `a second, independent source: ${signal.source}`;
    closeWindow(draft, identity, 'advance', second);
    advance(draft, identity, second);
  }
  if (added !== null) holdAdded(draft, identity, added, mayAct);
}

/** It is about the identity as a whole, or nobody before it knew which credential it is about. */
function isWidened(draft: Draft, considered: Considered): boolean {
  if (sessionsOf(considered).length > 0) return false;
  const { credentials } = subjectOf(draft, considered.found.identity.id);
  const isNamed = credentials.some((one) => one.claimed !== true);
  const { layer } = COMPROMISE_ROWS[considered.compromise ?? 'unclear'];
  const isAll = layer === 'identity' || (!isNamed && namedCredential(considered).length === 0);
  return isVouched(considered) && isAll;
}

/** The credential that this signal names and no signal before it did; null when there is none. */
function recordNamed(draft: Draft, considered: Considered): NamedCredential | null {
  const identity = considered.found.identity.id;
  const [named] = namedCredential(considered);
  if (named === undefined) return null;
  const before = subjectOf(draft, identity).credentials.find((one) => one.id === named.id);
  const isVouchedNow = before?.claimed === true && named.claimed !== true;
  if (before === undefined || isVouchedNow) {
    const exposed = named.exposed || before?.exposed === true;
    const credential = { ...named, exposed, custody: named.custody ?? before?.custody ?? null };
    draft.record('credential.named', { identity, credential });
    return credential;
  }
  // A claim takes nothing away from what somebody vouched for.
  if (!named.exposed || (named.claimed === true && before.claimed !== true)) return null;
  const { id: credential, custody } = named;
  const claimed = named.claimed === true;
  draft.record('exposure.recorded', { identity, credential, custody, claimed });
  return null;
}

/** Something was ordered, not merely asked. */
function isActedOn(state: IncidentState, identity: string): boolean {
  return state.cuts.some(
    (cut) => cut.subject.identity === identity && isStanding(cut) && cut.status !== 'planned',
  );
}

function isAsked(state: IncidentState, identity: string): boolean {
  return state.cuts.some((cut) => cut.subject.identity === identity && cut.status === 'planned');
}

/** One more credential of the identity: it is held as far as those before it are. */
function holdAdded(
  draft: Draft,
  identity: SubjectState['identity'],
  credential: NamedCredential,
  mayAct: boolean,
): void {
  const subject = subjectOf(draft, identity);
  const why = `named by a later signal: ${credential.ref}`;
  const asked: Parameters<typeof ask>[2][number][] = [];
  const upTo = mayAct ? subject.resolution.automaticUpTo : null;
  if (upTo !== null && isAtLeast(GUARANTEES, upTo, 'G2') && credential.exposed) {
    draft.effect({ type: 'restrict', identity, credential: credential.id, effect: 'deny', why });
    draft.record('restriction.set', { identity, effect: 'deny', why });
  }
  const stages = stagesOf(draft.state(), subject);
  for (const { guarantee, isEntered } of stages) {
    const hold: Hold = {
      guarantee,
      grain: 'credential',
      credential,
      descendantOf: null,
      depth: 0,
      why,
    };
    if (isEntered && upTo !== null && isAtLeast(GUARANTEES, upTo, guarantee)) {
      cutAutomatically(draft, identity, [hold]);
      continue;
    }
    const cut = plan(draft, identity, hold);
    if (cut !== null) asked.push(cut.id);
  }
  const strongest = stages.at(-1)?.guarantee;
  if (asked.length > 0 && strongest !== undefined) ask(draft, identity, asked, strongest, why);
}

interface Stage {
  readonly guarantee: Guarantee;
  /** False: a person has only been asked for it. */
  readonly isEntered: boolean;
}

/** Stages of single credentials so far, weakest first; a cut of the whole identity holds the new one already. */
function stagesOf(state: IncidentState, subject: SubjectState): readonly Stage[] {
  const mine = state.cuts.filter(
    (cut) =>
      cut.subject.identity === subject.identity &&
      cut.subject.descendantOf === null &&
      isStanding(cut),
  );
  return GUARANTEES.slice(0, 4).flatMap((guarantee) => {
    const same = mine.filter(
      ({ order }) => order.guarantee === guarantee && order.grain === 'credential',
    );
    const isWhole = mine.some(
      ({ order, authority }) =>
        authority !== null &&
        order.grain === 'identity' &&
        isAtLeast(GUARANTEES, order.guarantee, guarantee),
    );
    const isOffered = capabilityOf(subject, guarantee)?.grain === 'credential';
    if (!isOffered || isWhole || same.length === 0) return [];
    return [{ guarantee, isEntered: same.some((cut) => cut.authority !== null) }];
  });
}

/**
 * A benign statement is an attack path: it counts only from a source independent of those that raised the incident and
 * at least as authentic as they are, and then it only holds what comes next. Giving back takes the right to restore.
 */
function considerAllClear(draft: Draft, considered: Considered): void {
  const identity = considered.found.identity.id;
  const raised = draft.state().signals.filter((signal) => signal.type !== 'all-clear');
  const { signal } = considered;
  if (isSetAside(considered)) return;
  const independent = raised.every((one) => one.source !== signal.source);
  const authentic = raised.every((one) =>
    isAtLeast(AUTHENTICITIES, signal.authenticity, one.authenticity),
  );
  if (raised.length === 0 || !independent || !authentic) return;
  const why = allClearOf(signal.source);
  draft.record('exposure.withdrawn', { identity, by: signal.id });
  draft.record('subject.held', { identity, why });
}

/** W1 or W2 came to its end and nothing had closed it. */
export function windowEnded(
  draft: Draft,
  identity: Parameters<typeof advance>[1],
  name: 'W1' | 'W2',
  missing?: ReplacementMissing,
): void {
  const subject = subjectOf(draft, identity);
  if (subject.window?.name !== name || !isOpenFor(draft.state(), identity)) return;
  const { untilMs } = subject.window;
  if (untilMs > draft.facts.nowMs) {
    // The timer of an earlier window, or a clock that went back: this window still has its own end.
    draft.effect({ type: 'window-end', identity, window: name, dueAtMs: untilMs });
    return;
  }
  if (subject.held !== null) {
    closeWindow(draft, identity, 'hold', subject.held);
    if (name === 'W1') askForIsolation(draft, identity, `on hold: ${subject.held}`);
    return;
  }
  if (name === 'W2' && missing !== undefined && waitsFor(draft, identity, missing)) return;
  closeWindow(draft, identity, 'lapse', `nobody objected within ${name}`);
  if (name === 'W2') revokeExposed(draft, identity);
  // Time alone stops nobody who can be given another identity first; a second voice or a new mint does not wait.
  else if (subject.shared?.way === 'split') askForIsolation(draft, identity, subject.shared.why);
  else advance(draft, identity, 'nobody objected to isolation in time');
}
