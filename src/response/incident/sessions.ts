import type { DiscoveredSession } from '../../connectors/contract.ts';
import { GUARANTEES, type Id, isAtLeast } from '../../kernel/index.ts';
import { type CutState, isStanding } from '../containment/model.ts';
import { COMPROMISE_ROWS } from '../plan/compromise.ts';
import { type Hold, offersHold, refusal } from '../plan/plan.ts';
import { type Draft, subjectOf } from './draft.ts';
import { advance, ask, cutAutomatically, plan, startContainment } from './ladder.ts';
import type { Considered, IncidentState, NamedSession, SubjectState } from './model.ts';

// One session is cut and the others of its identity go on. Only when it comes back, what carries it is cut.

const GUARANTEE = 'G3';

/** The sessions that a statement is about, where they alone are the layer that is cut. */
export function sessionsOf(considered: Considered): readonly NamedSession[] {
  const { compromise = 'unclear', capabilities, sessions = [] } = considered;
  const isLayer = COMPROMISE_ROWS[compromise].layer === 'session';
  return isLayer && offersHold(capabilities, 'session') ? sessions : [];
}

/** False: nothing of it is about a session, or no session can be cut alone. */
export function startWithSessions(
  draft: Draft,
  identity: Id<'identity'>,
  considered: Considered,
  mayAct: boolean,
): boolean {
  const sessions = sessionsOf(considered);
  const subject = subjectOf(draft, identity);
  if (sessions.length === 0 || refusal(subject) !== null) return false;
  const known = new Set((subject.sessions ?? []).map(({ ref }) => ref));
  for (const session of sessions) {
    if (!known.has(session.ref)) draft.record('session.named', { identity, session });
  }
  const holds = sessions.map(holdOf);
  const upTo = mayAct ? subject.resolution.automaticUpTo : null;
  if (upTo !== null && isAtLeast(GUARANTEES, upTo, GUARANTEE)) {
    cutAutomatically(draft, identity, holds);
    return true;
  }
  const cuts = holds.flatMap((hold) => plan(draft, identity, hold, 'again')?.id ?? []);
  const why = upTo === null ? 'nothing covers it without asking' : 'the mandate ends before it';
  if (cuts.length > 0) ask(draft, identity, cuts, GUARANTEE, `end this session alone; ${why}`);
  return true;
}

function holdOf({ ref }: NamedSession): Hold {
  return {
    guarantee: GUARANTEE,
    grain: 'session',
    credential: null,
    session: ref,
    descendantOf: null,
    depth: 0,
    why: `session ${ref} alone; the others of its identity go on`,
  };
}

/** A statement about more than sessions finds nothing of it held so far. */
export function isHeldBySessionsAlone(state: IncidentState, identity: string): boolean {
  const mine = state.cuts.filter((cut) => cut.subject.identity === identity && isStanding(cut));
  return mine.length > 0 && mine.every((cut) => cut.order.grain === 'session');
}

/** What the watch saw: a session like one that was cut, and not there when it was, is that one again. */
export function sessionsWatched(
  draft: Draft,
  identity: Id<'identity'>,
  seen: readonly DiscoveredSession[],
): void {
  const subject = subjectOf(draft, identity);
  for (const found of seen) {
    const cut = draft
      .state()
      .cuts.find((one) => isCutOf(one, subject) && isBack(subject, one, found));
    if (cut === undefined) continue;
    const { session, since } = found;
    draft.record('session.respawned', { identity, cut: cut.id, session, since });
    escalate(draft, identity, `the session that was cut is back as ${session}`);
  }
}

function isCutOf(cut: CutState, { identity }: SubjectState): boolean {
  const isMine = cut.subject.identity === identity && cut.order.grain === 'session';
  return isMine && isStanding(cut) && cut.appliedAtMs !== null;
}

function isBack(subject: SubjectState, { order }: CutState, found: DiscoveredSession): boolean {
  const { session } = order.subject;
  const named = subject.sessions?.find(({ ref }) => ref === session);
  const isKnown = subject.knownSessions?.includes(found.session) === true;
  if (named === undefined || isKnown || found.session === session) return false;
  const origin = originOf(found);
  const names = Object.keys(named.origin);
  // Where the target tells nothing apart, the credential is all there is.
  if (names.length === 0) return named.credential !== null && named.credential === found.credential;
  return names.every((name) => named.origin[name] === origin[name]);
}

/** What tells one consumer from another, without what is new with each connection. */
export function originOf({ facts = {} }: DiscoveredSession): NamedSession['origin'] {
  const lasting = Object.entries(facts).filter(
    ([name, value]) => value !== '' && name !== 'lastCommand',
  );
  return Object.fromEntries(
    lasting.map(([name, value]) => [name, name === 'address' ? hostOf(value) : value]),
  );
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/u, '');
}

function escalate(draft: Draft, identity: Id<'identity'>, why: string): void {
  if (!isHeldBySessionsAlone(draft.state(), identity)) return;
  const { profile } = subjectOf(draft, identity).resolution;
  if (profile === 'restrict-only') startContainment(draft, identity, true);
  else advance(draft, identity, why);
}
