import type { Guarantee } from '../../kernel/index.ts';
import { STAGE_GUARANTEES } from '../../kernel/index.ts';
import type { AuthorityResolution, Holder, ResolvedRung } from '../model.ts';
import type { Roster } from '../roster/model.ts';

// What a tired person reads: short sentences, names before rules, times as a clock shows them.

interface Telling {
  readonly found: AuthorityResolution;
  readonly roster: Roster;
  readonly openedMs: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `03:07 UTC`, with its date when that is not today. */
function clockText({ openedMs }: Telling, afterMs: number): string {
  const text = new Date(openedMs + afterMs).toISOString();
  const today = new Date(openedMs).toISOString();
  const time = `${text.slice(11, 16)} UTC`;
  return text.slice(0, 10) === today.slice(0, 10) ? time : `${text.slice(0, 10)} ${time}`;
}

function spanOf(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.round(ms / HOUR_MS)} hours`;
  if (ms >= MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} minutes`;
  return `${Math.round(ms / 1000)} seconds`;
}

function nameOf({ roster }: Telling, person: string): string {
  return roster.people.get(person)?.name ?? person;
}

function listed(names: readonly string[], link: 'and' | 'or'): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${link} ${names.at(-1) ?? ''}`;
}

function namesOf(telling: Telling, holders: readonly Holder[], link: 'and' | 'or' = 'or'): string {
  return listed(
    holders.map(({ person, seat }) => `${nameOf(telling, person)} (${seat})`),
    link,
  );
}

export function stageWord(guarantee: Guarantee): string {
  const entry = Object.entries(STAGE_GUARANTEES).find(([, known]) => known === guarantee);
  return entry?.[0] ?? guarantee;
}

function rungNames(telling: Telling, { people, seat, why }: ResolvedRung): string {
  const names = people.map((person) => nameOf(telling, person));
  return `${listed(names, 'or')} (${seat}, ${why})`;
}

/** `Mia Brandt (ir-lead, Berlin shift until 17:00) decides until 03:07 UTC.` */
function firstSentences(telling: Telling, first: ResolvedRung): readonly string[] {
  const until = first.decideByMs === null ? '' : ` until ${clockText(telling, first.decideByMs)}`;
  return [`${rungNames(telling, first)} decides${until}.`];
}

function nextSentence(telling: Telling, before: ResolvedRung, rung: ResolvedRung): string {
  const opens = clockText(telling, rung.opensAfterMs);
  const missed =
    before.acknowledgeByMs === null || before.acknowledgeByMs >= rung.opensAfterMs
      ? `With no answer by ${opens}`
      : `With nothing heard by ${clockText(telling, before.acknowledgeByMs)}, or no answer by ${opens}`;
  const until = rung.decideByMs === null ? '' : ` until ${clockText(telling, rung.decideByMs)}`;
  const last = rung.lastResort ? ', as the last resort' : '';
  return `${missed}, ${rungNames(telling, rung)} decides${until}${last}.`;
}

function ladderSentences(telling: Telling): readonly string[] {
  const { found } = telling;
  const rungs = (found.ladder ?? []).filter(({ people }) => people.length > 0);
  const [first, ...others] = rungs;
  const skipped = skipSentences(telling);
  if (first === undefined) return [...skipped, fallbackSentence(telling)];
  const sentences = [...firstSentences(telling, first)];
  let before = first;
  for (const rung of others) {
    sentences.push(nextSentence(telling, before, rung));
    before = rung;
  }
  return [...sentences, ...skipped];
}

function skipSentences(telling: Telling): readonly string[] {
  const { found } = telling;
  const sentences: string[] = [];
  for (const { skipped, people, seat, why } of found.ladder ?? []) {
    const told = skipped.filter(({ reason }) => people.length === 0 || reason !== 'off-shift');
    const whys = new Set(told.map((one) => reasonText(telling, one.person, one.why)));
    if (whys.size > 0) sentences.push(`Not asked as ${seat}: ${[...whys].join('; ')}.`);
    else if (people.length === 0) sentences.push(`Not asked as ${seat}: ${why}.`);
  }
  return sentences;
}

/** People are told by name, not by the short word of the roster. */
function reasonText(telling: Telling, person: string | null, why: string): string {
  if (person === null || !why.startsWith(`${person} `)) return why;
  return `${nameOf(telling, person)}${why.slice(person.length)}`;
}

function fallbackSentence(telling: Telling): string {
  const { breakGlass, holders, ladder, quorum, right, decision } = telling.found;
  if (right === null) return `No right covers ${decision} in this case.`;
  const yields = (ladder ?? []).some(({ skipped }) =>
    skipped.some(({ reason }) => reason === 'live-incident'),
  );
  if (yields)
    return 'The exercise waits until somebody is free: the glass is not broken for a drill.';
  if (breakGlass !== true) return 'Nobody can be asked, and the charter has no break-glass quorum.';
  if (holders.length === 0) return 'Nobody can be asked, and break-glass has nobody either.';
  return `Nobody on the ladder can be asked: break-glass decides, ${quorum ?? 1} of ${namesOf(telling, holders)} together.`;
}

function automaticSentences({ found }: Telling): readonly string[] {
  const { mandate, automaticUpTo, shadowUpTo, then, ceilings } = found;
  const sentences: string[] = [];
  if (automaticUpTo !== null && mandate !== null) {
    const revoke =
      then === null ? '' : `, then revokes after ${spanOf(then.windowMs)} if nobody objects`;
    sentences.push(
      `Without asking: mandate ${mandate.id} goes up to ${stageWord(automaticUpTo)}${revoke}.`,
    );
  }
  if (shadowUpTo !== null && mandate !== null) {
    sentences.push(`In shadow only: it would have gone up to ${stageWord(shadowUpTo)}.`);
  }
  for (const { by, to, why } of ceilings) {
    if (by === 'threshold') continue;
    const limit = to === 'none' ? 'Nothing happens without asking' : `Held at ${stageWord(to)}`;
    sentences.push(`${limit}: ${why}.`);
  }
  return sentences;
}

function silenceSentences(telling: Telling): readonly string[] {
  const { meanwhile, atDeadline, silence } = telling.found;
  const parts: string[] = [];
  if (meanwhile !== null && meanwhile !== undefined) {
    const when = meanwhile.afterMs === 0 ? 'now' : `at ${clockText(telling, meanwhile.afterMs)}`;
    parts.push(`${stageWord(meanwhile.guarantee)} ${when}`);
  }
  const further = meanwhile?.guarantee !== atDeadline?.guarantee;
  if (atDeadline !== null && further) {
    const when = clockText(telling, atDeadline.afterMs);
    parts.push(`${stageWord(atDeadline.guarantee)} at ${when} if nobody answers`);
  }
  if (parts.length > 0) return [`We ${parts.join(' and ')}.`];
  if (silence === null || silence === undefined) return [];
  const kept =
    silence.keep === 'silent'
      ? 'nothing is published'
      : silence.follow === 'tree'
        ? 'the evidence tree of its class answers'
        : 'everything stays as it is';
  const draft = silence.prepare === null ? '' : ', a draft is prepared';
  const again =
    silence.repageMs === null ? '' : ` and we page again every ${spanOf(silence.repageMs)}`;
  return [`If nobody answers, ${kept}${draft}${again}.`];
}

function approveSentence(
  telling: Telling,
  approve: NonNullable<AuthorityResolution['approve']>,
): string {
  const { holders, count, distinctFromDecider } = approve;
  const stage = approve.before ?? null;
  const before = stage === null ? '' : ` before anything from ${stageWord(stage)} on`;
  const other = distinctFromDecider ? ', and not the person who decides' : '';
  if (holders.length < count) {
    return `${count} more must agree${before}, but only ${holders.length} can now.`;
  }
  const who =
    holders.length === count
      ? namesOf(telling, holders, 'and')
      : `${count} of ${namesOf(telling, holders)}`;
  return `${who} must also agree${before}${other}.`;
}

function otherSentences(telling: Telling): readonly string[] {
  const { approve, advise, clock, owedBy, execute, requires } = telling.found;
  const sentences: string[] = [];
  if (approve !== null && approve !== undefined) sentences.push(approveSentence(telling, approve));
  if (advise !== null && advise !== undefined && advise.holders.length > 0) {
    const by = clockText(telling, advise.withinMs);
    sentences.push(`${namesOf(telling, advise.holders)} may advise until ${by}.`);
  }
  for (const due of clock?.due ?? []) {
    const when = due.elapsedMs === null ? 'unknown' : spanOf(due.elapsedMs);
    const days = due.businessDays === null ? '' : ` (${due.businessDays} working days)`;
    sentences.push(`The clock of ${due.regulator} runs ${when}${days}.`);
  }
  if (owedBy !== null && owedBy !== undefined) sentences.push(`${owedBy} owes it.`);
  for (const one of execute ?? []) {
    if (one.by !== 'seat' || one.people.length > 0) continue;
    const then = one.onSilence === null ? '' : `: ${one.onSilence}`;
    sentences.push(`Nobody of ${one.seat} can carry it out${then}.`);
  }
  if (requires?.replacementCredential === true) {
    sentences.push('A replacement credential has to be there first.');
  }
  return sentences;
}

export function explain(
  found: AuthorityResolution,
  roster: Roster,
  openedMs: number,
): readonly string[] {
  const telling = { found, roster, openedMs };
  return [
    ...ladderSentences(telling),
    ...silenceSentences(telling),
    ...automaticSentences(telling),
    ...(found.weighed === null || found.weighed === undefined ? [] : [found.weighed.sentence]),
    ...otherSentences(telling),
  ];
}
