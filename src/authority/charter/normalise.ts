import {
  AUTHENTICITIES,
  CONFIDENCES,
  digestOf,
  type Guarantee,
  type Json,
  type JsonObject,
  present,
  SIGNAL_TYPES,
} from '../../kernel/index.ts';
import type {
  Charter,
  Deadline,
  Fuses,
  IdentityClass,
  Mandate,
  Protection,
  RateFuse,
  Right,
  Rung,
  Seat,
  Situation,
} from './model.ts';
import { DECISION_KINDS, type DecisionKind, SEVERITIES } from '../model.ts';
import {
  count,
  durationMs,
  instantMs,
  items,
  members,
  optionalText,
  optionalTexts,
  requiredMs,
  stage,
  text,
  texts,
  weekdays,
  word,
  wordsOf,
} from './reading.ts';

// From the checked document to the values that resolution works with. Nothing here can fail on a checked charter.

function stageOr(value: Json | undefined, otherwise: Guarantee): Guarantee {
  return stage(value) ?? otherwise;
}

function seatOf(seat: JsonObject): Seat {
  const orElse = optionalText(seat['orElse']);
  if (seat['follow-the-sun'] !== undefined) {
    const legs = items(seat['follow-the-sun']).map((item) => {
      const leg = members(item);
      return {
        zone: text(leg['zone']),
        from: text(leg['from']),
        to: text(leg['to']),
        days: weekdays(leg['days']),
        roster: text(leg['roster']),
      };
    });
    return { fill: 'sun', legs, otherwise: optionalText(members(seat['otherwise'])['roster']) };
  }
  if (seat['from'] !== undefined) {
    const role = seat['from'] === 'inventory.owner.business' ? 'business' : 'technical';
    return { fill: 'owner', role, orElse };
  }
  if (seat['by'] !== undefined) {
    const rosters = Object.entries(members(seat['roster']));
    return {
      fill: 'jurisdiction',
      rosters: new Map(rosters.map(([name, roster]) => [name, text(roster)])),
      orElse,
    };
  }
  return { fill: 'roster', roster: text(seat['roster']), party: optionalText(seat['party']) };
}

type Loose<Value> = { readonly [Key in keyof Value]: Value[Key] | undefined };

/** Members that are undefined become absent: the compiler knows the difference, and so does `overrides`. */
function exact<Value extends object>(value: Loose<Value>): Value {
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  // What is left is exactly what `Value` allows.
  return Object.fromEntries(given) as Value;
}

function classOf(name: string, value: JsonObject): IdentityClass {
  const match = members(value['match']);
  return {
    name,
    profile: word(['staged', 'hard-stop', 'restrict-only'], value['profile'], 'staged'),
    match: exact<IdentityClass['match']>({
      service: optionalTexts(match['service']),
      kind: optionalTexts(match['kind']),
      tag: optionalTexts(match['tag']),
      operator: optionalTexts(match['operator']),
    }),
  };
}

function situationOf(when: JsonObject): Situation {
  const severity = when['severity'];
  return exact<Situation>({
    class: optionalTexts(when['class']),
    severity: severity === undefined ? undefined : wordsOf(SEVERITIES, severity),
    environment: optionalTexts(when['environment']),
    jurisdiction: optionalTexts(when['jurisdiction']),
  });
}

function rungsOf(value: Json | undefined): readonly Rung[] {
  return items(value).map((item) => {
    const rung = members(item);
    return {
      seat: text(rung['seat']),
      decideMs: durationMs(rung['decide']),
      lastResort: rung['lastResort'] === true,
    };
  });
}

function deadlineOf(value: JsonObject): Deadline {
  const meanwhile = members(value['meanwhile']);
  const guarantee = stage(meanwhile['stage']);
  return {
    guarantee: stage(value['stage']),
    after: durationMs(value['after']) ?? 'last-rung',
    meanwhile: guarantee === null ? null : { guarantee, afterMs: requiredMs(meanwhile['after']) },
  };
}

function approveOf(approve: JsonObject): NonNullable<Right['approve']> {
  return {
    count: count(approve['count'], 1),
    from: texts(approve['from']),
    distinctFromDecider: texts(approve['distinctFrom']).includes('decide'),
  };
}

function ifGiven<Value>(
  given: Json | undefined,
  read: (value: JsonObject) => Value,
): Value | undefined {
  return given === undefined ? undefined : read(members(given));
}

/** The decisions a right is about: its own, else those of the rights it overrides. */
export function decisionsOf(rights: readonly JsonObject[], id: string): readonly DecisionKind[] {
  const seen = new Set<string>();
  const of = (name: string): readonly DecisionKind[] => {
    const right = rights.find((one) => one['id'] === name);
    if (right === undefined || seen.has(name)) return [];
    seen.add(name);
    if (right['decision'] !== undefined) return wordsOf(DECISION_KINDS, right['decision']);
    return texts(right['overrides']).flatMap(of);
  };
  return [...new Set(of(id))];
}

function rightOf(rights: readonly JsonObject[], right: JsonObject): Right {
  const id = text(right['id']);
  return exact<Right>({
    id,
    decisions: decisionsOf(rights, id),
    overrides: texts(right['overrides']),
    when: situationOf(members(right['when'])),
    decide: right['decide'] === undefined ? undefined : rungsOf(right['decide']),
    atDeadline: ifGiven(right['atDeadline'], deadlineOf),
    approve: ifGiven(right['approve'], approveOf),
    withoutApproval: stage(right['maxStageWithoutApproval']) ?? undefined,
  });
}

/** `reset-fuse` stands apart in the file and is a right like the others. */
function resetFuseRight(section: JsonObject): Right {
  return {
    id: 'reset-fuse',
    decisions: ['reset-fuse'],
    overrides: [],
    when: {},
    decide: rungsOf(section['decide']),
    atDeadline: { guarantee: null, after: 'last-rung', meanwhile: null },
  };
}

function mandateOf(mandate: JsonObject): Mandate {
  const when = members(mandate['when']);
  const widen = members(mandate['widen']);
  const widenTo = stage(widen['to']);
  const rehearsed = members(mandate['rehearsed']);
  const signal = when['signal'];
  const confidence = text(when['confidence']).replace('>= ', '');
  return {
    id: text(mandate['id']),
    // Promise 14: what automation would do is watched before it is allowed.
    mode: word(['shadow', 'ask', 'act'], mandate['mode'], 'shadow'),
    when: exact<Mandate['when']>({
      ...situationOf(when),
      signal: signal === undefined ? undefined : wordsOf(SIGNAL_TYPES, signal),
      authenticity: word(AUTHENTICITIES, when['authenticity'], 'bearer'),
      confidence: word(CONFIDENCES, confidence, 'weak'),
      sources: count(when['sources'], 1),
    }),
    upTo: stageOr(mandate['upTo'], 'G1'),
    widen:
      widenTo === null
        ? null
        : { to: widenTo, sources: count(members(widen['when'])['sources'], 1) },
    thenRevokeWindowMs: ifGiven(mandate['then'], (then) => requiredMs(then['window'])) ?? null,
    beforeIsolationMs:
      ifGiven(mandate['windows'], (windows) => requiredMs(windows['beforeIsolation'])) ?? null,
    untilMs: instantMs(mandate['until']),
    rehearsed:
      mandate['rehearsed'] === undefined
        ? null
        : {
            withinMs: requiredMs(rehearsed['within']),
            downTo: stageOr(members(rehearsed['else'])['downTo'], 'G1'),
          },
  };
}

function protectionOf(entry: JsonObject): Protection {
  return {
    identity: optionalText(entry['identity']),
    class: optionalText(entry['class']),
    max: stage(entry['max']),
    path: texts(entry['path']).join(', '),
  };
}

function rateFuse(fuse: JsonObject): RateFuse {
  return { limit: count(fuse['limit'], 1), perMs: requiredMs(fuse['per']) };
}

function fusesOf(fuses: JsonObject): Fuses {
  return {
    automaticCuts: ifGiven(fuses['automatic-cuts'], rateFuse) ?? null,
    sameSource: ifGiven(fuses['same-source'], rateFuse) ?? null,
    servicesDown:
      ifGiven(fuses['services-down'], (fuse) => ({
        limit: count(fuse['limit'], 1),
        tier: count(fuse['tier'], 1),
      })) ?? null,
  };
}

export function normaliseCharter(document: JsonObject): Charter {
  const unknown = members(document['unknown']);
  const jurisdiction = text(unknown['jurisdiction']);
  const rights = items(document['rights']).map(members);
  const named = (section: string): readonly (readonly [string, JsonObject])[] =>
    Object.entries(members(document[section])).map(([name, value]) => [name, members(value)]);
  return {
    id: text(document['charter']),
    revision: count(document['revision'], 1),
    digest: digestOf(document),
    effectiveMs: instantMs(document['effective']),
    unknown: {
      // `highest` is the first word of the list.
      severity: word(SEVERITIES, unknown['severity'], present(SEVERITIES[0], 'a first severity')),
      environment: text(unknown['environment']),
      jurisdiction: jurisdiction === 'every' ? null : jurisdiction,
    },
    jurisdictions: Object.keys(members(document['jurisdictions'])),
    seats: new Map(named('seats').map(([name, seat]) => [name, seatOf(seat)])),
    classes: named('classes').map(([name, value]) => classOf(name, value)),
    rights: [
      ...rights.map((right) => rightOf(rights, right)),
      ...(document['reset-fuse'] === undefined
        ? []
        : [resetFuseRight(members(document['reset-fuse']))]),
    ],
    mandates: items(document['mandates']).map((mandate) => mandateOf(members(mandate))),
    inherit:
      ifGiven(document['inherit'], (inherit) => ({
        upTo: stageOr(inherit['upTo'], 'G1'),
        limit: count(inherit['limit'], 1),
      })) ?? null,
    protections: items(document['protected']).map((entry) => protectionOf(members(entry))),
    fuses: fusesOf(members(document['fuses'])),
    breakGlass:
      ifGiven(document['break-glass'], (glass) => ({
        quorum: count(glass['quorum'], 2),
        from: texts(glass['from']),
      })) ?? null,
    resetFuseQuorum: count(members(document['reset-fuse'])['quorum'], 1),
    document,
  };
}
