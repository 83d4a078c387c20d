import { assert, assertNever, present } from '../../kernel/index.ts';
import { foldCut, newCut } from '../containment/fold.ts';
import type { CutState } from '../containment/model.ts';
import { foldDecision, openedDecision } from '../decisions/fold.ts';
import { foldBatches, isOfBatch } from '../batch/fold.ts';
import type { BatchEntryData } from '../batch/model.ts';
import { foldReviews, isOfReviews } from '../reviews/fold.ts';
import { NO_AFTERMATH } from '../reviews/model.ts';
import { foldTracks, isOfTracks } from '../tracks/fold.ts';
import type { EntryData, IncidentEntry } from './entries.ts';
import type { IncidentDecision, IncidentState, ManualCut, SubjectState } from './model.ts';

/** The state after one more entry. `null` before the first, which must open the incident. */
export function fold(
  state: IncidentState | null,
  entry: IncidentEntry,
  id: IncidentState['id'],
): IncidentState {
  if (entry.kind === 'incident.opened') {
    assert(state === null, 'an incident is opened once');
    return opened(entry.data, entry.atMs, id);
  }
  const before = present(state, 'the first entry of an incident opens it');
  return { ...foldWord(before, entry), ordinal: before.ordinal + 1 };
}

export function foldAll(
  entries: readonly IncidentEntry[],
  id: IncidentState['id'],
): IncidentState | null {
  let state: IncidentState | null = null;
  for (const entry of entries) state = fold(state, entry, id);
  return state;
}

function opened(
  data: EntryData['incident.opened'],
  atMs: number,
  id: IncidentState['id'],
): IncidentState {
  return {
    id,
    ordinal: 1,
    status: 'open',
    severity: data.severity,
    title: data.title,
    ...(data.machine === true ? { machine: true } : {}),
    openedAtMs: atMs,
    firstSuspectAtMs: data.firstSuspectAtMs,
    signals: [],
    subjects: [],
    cuts: [],
    manual: [],
    decisions: [],
    said: null,
    containers: [],
    restoring: [],
    tasks: [],
    handOffs: [],
    hold: null,
    batches: [],
    aftermath: NO_AFTERMATH,
    closedAtMs: null,
  };
}

type OtherEntry = Exclude<IncidentEntry, SessionEntry | { readonly kind: keyof BatchEntryData }>;

function foldWord(state: IncidentState, entry: IncidentEntry): IncidentState {
  if (isOfSessions(entry)) return foldSessions(state, entry);
  return isOfBatch(entry) ? foldBatches(state, entry) : foldKind(state, entry);
}

function foldKind(state: IncidentState, entry: OtherEntry): IncidentState {
  if (isOfDecision(entry)) return foldDecisions(state, entry);
  if (isOfTracks(entry)) return foldTracks(state, entry);
  if (isOfReviews(entry)) return { ...state, aftermath: foldReviews(state.aftermath, entry) };
  switch (entry.kind) {
    case 'incident.opened':
    case 'suspect.considered':
    case 'source.quarantined':
    case 'restriction.set':
    case 'restriction.lifted':
      return state;
    case 'incident.contained':
      return { ...state, said: entry.data.sentence };
    case 'incident.uncontained':
      return { ...state, said: null };
    case 'incident.reopened':
    case 'incident.restoring':
    case 'incident.closed':
      return foldStatus(state, entry);
    case 'signal.attached':
      return {
        ...state,
        signals: [...state.signals, entry.data.signal],
        firstSuspectAtMs: Math.min(state.firstSuspectAtMs, entry.data.signal.occurredAtMs),
      };
    case 'signal.attributed':
      return {
        ...state,
        subjects: [
          ...state.subjects,
          {
            ...entry.data.subject,
            sinceMs: entry.atMs,
            window: null,
            respawns: [],
            held: null,
          },
        ],
      };
    case 'exposure.recorded':
    case 'exposure.withdrawn':
    case 'credential.named':
    case 'authority.resolved':
    case 'subject.held':
    case 'subject.released':
    case 'window.opened':
    case 'window.closed':
    case 'respawn.found':
      return withSubject(state, entry.data.identity, (subject) => foldSubject(subject, entry));
    case 'manual.assigned':
      return {
        ...state,
        manual: [...state.manual, { ...entry.data, status: 'assigned', claimedBy: null }],
      };
    case 'manual.claimed':
    case 'manual.overdue':
    case 'manual.withdrawn':
      return { ...state, manual: state.manual.map((one) => foldManual(one, entry)) };
    case 'cut.planned':
      return { ...state, cuts: [...state.cuts, newCut(entry.data.plan)] };
    default:
      return withCut(state, entry.data.cut, (cut) => foldCut(cut, entry, state.ordinal));
  }
}

/** What held against advancing holds no longer, for whom it is opened again. */
function reopened(state: IncidentState, identity: string | null): IncidentState {
  const isOther = (id: string): boolean => {
    const action = state.decisions.find((one) => one.id === id)?.action;
    return identity !== null && action?.verb === 'restore' && action.identity !== identity;
  };
  const restoring = state.restoring.filter(isOther);
  return {
    ...state,
    status: restoring.length === 0 ? 'open' : 'restoring',
    restoring,
    closedAtMs: null,
    subjects: state.subjects.map((subject) =>
      identity === null || subject.identity === identity ? { ...subject, held: null } : subject,
    ),
  };
}

type StatusEntry = Extract<
  IncidentEntry,
  { readonly kind: `incident.${'reopened' | 'restoring' | 'closed'}` }
>;

function foldStatus(state: IncidentState, entry: StatusEntry): IncidentState {
  const aftermath = { ...state.aftermath, waits: null };
  switch (entry.kind) {
    case 'incident.reopened':
      return { ...reopened(state, entry.data.identity ?? null), aftermath };
    case 'incident.restoring': {
      const lookedSince = entry.data.looks === true ? [] : null;
      return {
        ...state,
        status: 'restoring',
        restoring: [...state.restoring, entry.data.decision],
        aftermath: { ...aftermath, lookedSince },
      };
    }
    case 'incident.closed':
      return { ...state, status: 'closed', restoring: [], closedAtMs: entry.atMs, aftermath };
    default:
      return assertNever(entry);
  }
}

function foldManual(
  manual: ManualCut,
  entry: Extract<IncidentEntry, { readonly kind: `manual.${'claimed' | 'overdue' | 'withdrawn'}` }>,
): ManualCut {
  if (manual.decision !== entry.data.decision) return manual;
  switch (entry.kind) {
    case 'manual.claimed':
      return { ...manual, status: 'claimed', claimedBy: entry.data.by };
    case 'manual.overdue':
      return { ...manual, status: 'overdue' };
    case 'manual.withdrawn':
      return { ...manual, status: 'withdrawn' };
    default:
      return assertNever(entry);
  }
}

function withSubject(
  state: IncidentState,
  identity: string,
  change: (subject: SubjectState) => SubjectState,
): IncidentState {
  return {
    ...state,
    subjects: state.subjects.map((subject) =>
      subject.identity === identity ? change(subject) : subject,
    ),
  };
}

function withCut(
  state: IncidentState,
  id: string,
  change: (cut: CutState) => CutState,
): IncidentState {
  return { ...state, cuts: state.cuts.map((cut) => (cut.id === id ? change(cut) : cut)) };
}

type SubjectEntry = Extract<
  IncidentEntry,
  {
    readonly kind:
      | `exposure.${string}`
      | 'authority.resolved'
      | 'credential.named'
      | `subject.${'held' | 'released'}`
      | `window.${string}`
      | 'respawn.found';
  }
>;

function foldSubject(subject: SubjectState, entry: SubjectEntry): SubjectState {
  switch (entry.kind) {
    case 'exposure.recorded':
      return {
        ...subject,
        credentials: subject.credentials.map((named) =>
          named.id === entry.data.credential
            ? {
                ...named,
                exposed: true,
                claimed: entry.data.claimed === true && (!named.exposed || named.claimed === true),
                custody: entry.data.custody ?? named.custody,
              }
            : named,
        ),
      };
    case 'exposure.withdrawn':
      return {
        ...subject,
        credentials: subject.credentials.map((named) =>
          (entry.data.credential ?? named.id) === named.id && named.exposed
            ? { ...named, exposed: false, withdrawnBy: entry.data.by }
            : named,
        ),
      };
    case 'credential.named':
      return {
        ...subject,
        credentials: [
          ...subject.credentials.filter((named) => named.id !== entry.data.credential.id),
          entry.data.credential,
        ],
      };
    case 'authority.resolved':
      return {
        ...subject,
        resolution: entry.data.resolution,
        wide: subject.wide === true || entry.data.wide === true,
        ...(entry.data.survival === undefined ? {} : { survival: entry.data.survival }),
      };
    case 'subject.held':
      return { ...subject, held: entry.data.why };
    case 'subject.released':
      return { ...subject, held: null };
    case 'window.opened':
      return {
        ...subject,
        window: { name: entry.data.window, untilMs: entry.data.untilMs, openedAtMs: entry.atMs },
      };
    case 'window.closed':
      return { ...subject, window: null };
    case 'respawn.found':
      return {
        ...subject,
        knownCredentials: [...subject.knownCredentials, entry.data.ref],
        respawns: [
          ...subject.respawns,
          {
            credential: entry.data.ref,
            atMs: entry.atMs,
            ...(entry.data.identityRef === undefined
              ? {}
              : { identityRef: entry.data.identityRef }),
          },
        ],
      };
    default:
      return assertNever(entry);
  }
}

type SessionEntry = Extract<IncidentEntry, { readonly kind: `session.${string}` }>;

function isOfSessions(entry: IncidentEntry): entry is SessionEntry {
  return entry.kind.startsWith('session.');
}

function foldSessions(state: IncidentState, entry: SessionEntry): IncidentState {
  return withSubject(state, entry.data.identity, (subject) => {
    const { sessions = [], knownSessions = [] } = subject;
    return entry.kind === 'session.named'
      ? { ...subject, sessions: [...sessions, entry.data.session] }
      : { ...subject, knownSessions: [...knownSessions, entry.data.session] };
  });
}

type DecisionEntry = Extract<IncidentEntry, { readonly kind: `decision.${string}` }>;

function isOfDecision(entry: IncidentEntry): entry is DecisionEntry {
  return entry.kind.startsWith('decision.');
}

function foldDecisions(state: IncidentState, entry: DecisionEntry): IncidentState {
  if (entry.kind === 'decision.opened')
    return { ...state, decisions: [...state.decisions, openedDecision(entry.data)] };
  const before = state.decisions.find((one) => one.id === entry.data.decision);
  const voice = before === undefined ? null : containerOf(before, entry);
  return {
    ...state,
    decisions: state.decisions.map((one) => (one === before ? foldDecision(one, entry) : one)),
    containers: voice === null ? state.containers : [...state.containers, voice],
  };
}

/** Who took part in deciding containment with this entry. */
function containerOf({ kind }: IncidentDecision, entry: DecisionEntry): string | null {
  if (kind !== 'contain' && kind !== 'revoke') return null;
  if (entry.kind === 'decision.supported') return entry.data.vote.person;
  return entry.kind === 'decision.decided' ? entry.data.by : null;
}
