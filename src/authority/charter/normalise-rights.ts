import { type Json, type JsonObject } from '../../kernel/index.ts';
import { DECISION_KINDS, type DecisionKind, SEVERITIES } from '../model.ts';
import type {
  Advice,
  Deadline,
  Executor,
  HandOff,
  LegalClock,
  RestoreNeeds,
  Right,
  Rung,
  Situation,
} from './model.ts';
import {
  count,
  durationMs,
  exact,
  ifGiven,
  items,
  members,
  optionalText,
  optionalTexts,
  optionalWord,
  requiredMs,
  stage,
  stageOr,
  text,
  texts,
  word,
  wordsOf,
} from './reading.ts';

// A right, from the checked document to what resolution works with.

export function situationOf(when: JsonObject): Situation {
  const severity = when['severity'];
  return exact<Situation>({
    class: optionalTexts(when['class']),
    severity: severity === undefined ? undefined : wordsOf(SEVERITIES, severity),
    environment: optionalTexts(when['environment']),
    jurisdiction: optionalTexts(when['jurisdiction']),
  });
}

/** `50% of clock` */
function shareOf(value: Json | undefined): number | null {
  const percent = /^(\d{1,3})% of clock$/u.exec(text(value))?.[1];
  return percent === undefined ? null : Number(percent) / 100;
}

export function rungsOf(value: Json | undefined): readonly Rung[] {
  return items(value).map((item) => {
    const rung = members(item);
    return {
      seat: text(rung['seat']),
      decideMs: durationMs(rung['decide']),
      decideShare: shareOf(rung['decide']),
      acknowledgeMs: durationMs(rung['acknowledge']),
      warmMs: durationMs(rung['warm']),
      lastResort: rung['lastResort'] === true,
    };
  });
}

export function deadlineOf(value: JsonObject): Deadline {
  const meanwhile = members(value['meanwhile']);
  const guarantee = stage(meanwhile['stage']);
  return {
    guarantee: stage(value['stage']),
    after: durationMs(value['after']) ?? 'last-rung',
    meanwhile: guarantee === null ? null : { guarantee, afterMs: requiredMs(meanwhile['after']) },
    keep: optionalWord(['current-stage', 'silent'], value['keep']),
    repageMs: durationMs(value['repage']),
    prepare: optionalWord(['draft'], value['prepare']),
    show: optionalWord(['clock-at-risk'], value['show']),
    follow: optionalWord(['tree'], value['follow']),
  };
}

function approveOf(approve: JsonObject): NonNullable<Right['approve']> {
  return {
    count: count(approve['count'], 1),
    from: texts(approve['from']),
    distinctFromDecider: texts(approve['distinctFrom']).includes('decide'),
    before: stage(approve['before']),
    whenMaterial: ifGiven(approve['when'], (when) => when['material'] === true) ?? null,
  };
}

function adviceOf(advise: JsonObject): Advice {
  return {
    seats: texts(advise['seats']),
    withinMs: requiredMs(advise['within']),
    silence: word(
      ['proceed', 'proceed-with-approved-template', 'escalate'],
      advise['silence'],
      'proceed',
    ),
  };
}

function executorOf(value: Json): Executor {
  const execute = members(value);
  const seat = optionalText(execute['seat']);
  if (seat === null) return { by: 'runner', runner: text(execute['runner']) };
  return {
    by: 'seat',
    seat,
    acknowledgeMs: durationMs(execute['acknowledge']),
    doneMs: durationMs(execute['done']),
    onSilence: optionalWord(['own-side-cut', 'next-rung', 'ask'], execute['onSilence']),
  };
}

function clockOf(clock: JsonObject): LegalClock {
  const due = Object.entries(members(clock['due'])).map(([regulator, value]) => {
    const days = /^P(\d+)BD$/u.exec(text(value))?.[1];
    const length =
      days === undefined ? { elapsedMs: requiredMs(value) } : { businessDays: Number(days) };
    return [regulator, length] as const;
  });
  return {
    from: word(['awareness', 'first-suspect-time'], clock['from'], 'awareness'),
    due: new Map(due),
  };
}

function requiresOf(requires: JsonObject): RestoreNeeds {
  return {
    replacementCredential: requires['replacementCredential'] === true,
    noRespawnForMs: durationMs(requires['noRespawnFor']),
    firstSuspectTime: requires['firstSuspectTime'] === 'set',
  };
}

export function textMap(value: JsonObject): ReadonlyMap<string, string> {
  return new Map(Object.entries(value).map(([name, member]) => [name, text(member)]));
}

/** The decisions each right is about: its own, else those of the rights it overrides. */
export function decisionsOf(
  rights: readonly JsonObject[],
): ReadonlyMap<string, readonly DecisionKind[]> {
  const byId = new Map(rights.map((right) => [text(right['id']), right]));
  const known = new Map<string, readonly DecisionKind[]>();
  const of = (id: string): readonly DecisionKind[] => {
    const before = known.get(id);
    if (before !== undefined) return before;
    // A circle of overrides ends here; the loader refuses it later.
    known.set(id, []);
    const right = byId.get(id);
    if (right === undefined) return [];
    const decisions =
      right['decision'] === undefined
        ? [...new Set(texts(right['overrides']).flatMap(of))]
        : wordsOf(DECISION_KINDS, right['decision']);
    known.set(id, decisions);
    return decisions;
  };
  for (const id of byId.keys()) of(id);
  return known;
}

export function rightOf(right: JsonObject, decisions: readonly DecisionKind[]): Right {
  return exact<Right>({
    id: text(right['id']),
    decisions,
    overrides: texts(right['overrides']),
    when: situationOf(members(right['when'])),
    decide: right['decide'] === undefined ? undefined : rungsOf(right['decide']),
    atDeadline: ifGiven(right['atDeadline'], deadlineOf),
    approve: ifGiven(right['approve'], approveOf),
    withoutApproval: stage(right['maxStageWithoutApproval']) ?? undefined,
    recommend: ifGiven(right['recommend'], ({ seats }) => texts(seats)),
    advise: ifGiven(right['advise'], adviceOf),
    execute: right['execute'] === undefined ? undefined : items(right['execute']).map(executorOf),
    ownSideCut: ifGiven(right['own-side-cut'], (cut) => ({
      guarantee: stageOr(cut['stage'], 'G1'),
      where: texts(cut['where']),
    })),
    handOff: optionalWord<HandOff>(['cumulative', 'exclusive'], right['hand-off']) ?? undefined,
    rejectHoldsMs: ifGiven(right['reject'], (reject) => requiredMs(reject['holds'])),
    requires: ifGiven(right['requires'], requiresOf),
    forEach: right['forEach'] === 'jurisdiction' ? 'jurisdiction' : undefined,
    clock: ifGiven(right['clock'], clockOf),
    party: ifGiven(right['party'], textMap),
  });
}
