import {
  AUTHENTICITIES,
  CONFIDENCES,
  digestOf,
  type Json,
  type JsonObject,
  LIMITS,
  present,
  SIGNAL_TYPES,
} from '../../kernel/index.ts';
import { DECISION_KINDS, SEVERITIES } from '../model.ts';
import type {
  BreakGlass,
  Charter,
  Distinct,
  Fuses,
  IdentityClass,
  Mandate,
  Party,
  Protection,
  RateFuse,
  Right,
  Seat,
  Separation,
} from './model.ts';
import { evidenceTreeOf } from './evidence.ts';
import { deadlineOf, decisionsOf, rightOf, rungsOf, situationOf } from './normalise-rights.ts';
import {
  count,
  durationMs,
  exact,
  ifGiven,
  instantMs,
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
  weekdays,
  word,
  wordsOf,
} from './reading.ts';

// From the checked document to the values that resolution works with. Nothing here can fail on a checked charter.

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

function classOf(name: string, value: JsonObject): IdentityClass {
  const match = members(value['match']);
  return {
    name,
    profile: word(['staged', 'hard-stop', 'restrict-only'], value['profile'], 'staged'),
    withinMs: durationMs(value['within']),
    match: exact<IdentityClass['match']>({
      service: optionalTexts(match['service']),
      kind: optionalTexts(match['kind']),
      tag: optionalTexts(match['tag']),
      operator: optionalTexts(match['operator']),
    }),
  };
}

/** `reset-fuse` stands apart in the file and is a right like the others. */
function resetFuseRight(section: JsonObject): Right {
  return {
    id: 'reset-fuse',
    decisions: ['reset-fuse'],
    overrides: [],
    when: {},
    decide: rungsOf(section['decide']),
    atDeadline: deadlineOf({ keep: 'current-stage', repage: 'PT15M' }),
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
    unlessBenignBy: texts(members(members(mandate['then'])['unless'])['benignBy']),
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
    // Nothing said: the end is the end, and what was entered may still finish.
    openIncident: ifGiven(mandate['openIncident'], (open) => ({
      graceMs: requiredMs(open['grace']),
      newTargets: open['newTargets'] === true,
    })) ?? { graceMs: 0, newTargets: false },
  };
}

function protectionOf(entry: JsonObject): Protection {
  return {
    identity: optionalText(entry['identity']),
    class: optionalText(entry['class']),
    max: stage(entry['max']),
    rule: optionalWord(['last-administrator'], entry['rule']),
    path: texts(entry['path']),
  };
}

function rateFuse(fuse: JsonObject): RateFuse {
  const rate = { limit: count(fuse['limit'], 1), perMs: requiredMs(fuse['per']) };
  return fuse['blown'] === 'quarantine-source' ? { ...rate, quarantines: true } : rate;
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
    evidenceMs: ifGiven(fuses['evidence'], (fuse) => requiredMs(fuse['limit'])) ?? null,
    decisionsAPerson: ifGiven(fuses['decisions-a-person'], rateFuse) ?? null,
  };
}

function distinctOf(value: Json | undefined): readonly Distinct[] {
  return wordsOf(['person', 'manager', 'device', 'employer'], value);
}

function partyOf(party: JsonObject): Party {
  return {
    kind: word(['self', 'msp', 'tenant', 'vendor'], party['kind'], 'self'),
    contract:
      ifGiven(party['contract'], (contract) => ({
        untilMs: instantMs(contract['until']),
        mayExecute: optionalTexts(contract['mayExecute']) ?? null,
        mayDecide:
          contract['mayDecide'] === undefined
            ? null
            : wordsOf(DECISION_KINDS, contract['mayDecide']),
      })) ?? null,
  };
}

/** `contain.decide` is the decision and the role; a longer name such as `contain.sev1.decide` is refused by its words. */
function separationOf(entry: JsonObject): Separation {
  if (entry['never'] !== undefined) {
    return {
      rule: 'never-suspect',
      roles: wordsOf(['decide', 'approve', 'restore'], entry['never']),
    };
  }
  const acts = texts(entry['never-same-person']).map((act) => {
    const [decision, role] = act.split('.');
    return {
      decision: word(DECISION_KINDS, decision, 'contain'),
      role: word(['recommend', 'advise', 'decide', 'approve', 'execute'], role, 'decide'),
    };
  });
  return { rule: 'never-same-person', acts };
}

function breakGlassOf(glass: JsonObject): BreakGlass {
  return {
    quorum: count(glass['quorum'], 2),
    from: texts(glass['from']),
    distinct: distinctOf(glass['distinct']),
    ttlMs: requiredMs(glass['ttl']),
    reviewMs: durationMs(glass['review']),
  };
}

function conflictOf(conflict: JsonObject): NonNullable<Charter['conflictOfInterest']> {
  const grounds = ['owner', 'last-rotated-by', 'session-on-suspect-device', 'manager-of'] as const;
  return {
    lookBackMs: requiredMs(conflict['lookback']),
    grounds: wordsOf(grounds, conflict['grounds']),
  };
}

function decideByOf(by: JsonObject): NonNullable<Charter['decideBy']> {
  return {
    allowed: texts(by['allowed']),
    twoIndependentFor: texts(by['require-two-independent-for']),
  };
}

export function normaliseCharter(document: JsonObject): Charter {
  const unknown = members(document['unknown']);
  const jurisdiction = text(unknown['jurisdiction']);
  const rights = items(document['rights']).map(members);
  const decisions = decisionsOf(rights);
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
    signed:
      ifGiven(members(document['signed'])['requires'], (requires) => ({
        of: texts(requires['of']),
        count: count(requires['count'], 1),
        distinct: distinctOf(requires['distinct']),
      })) ?? null,
    parties: new Map(named('parties').map(([name, party]) => [name, partyOf(party)])),
    jurisdictions: Object.keys(members(document['jurisdictions'])),
    jurisdictionFacts: new Map(
      named('jurisdictions').map(([name, facts]) => [
        name,
        { zone: text(facts['zone']), regulators: texts(facts['regulators']) },
      ]),
    ),
    seats: new Map(named('seats').map(([name, seat]) => [name, seatOf(seat)])),
    classes: named('classes').map(([name, value]) => classOf(name, value)),
    rights: [
      ...rights.map((right) => rightOf(right, decisions.get(text(right['id'])) ?? [])),
      ...(document['reset-fuse'] === undefined
        ? []
        : [resetFuseRight(members(document['reset-fuse']))]),
    ],
    mandates: items(document['mandates']).map((mandate) => mandateOf(members(mandate))),
    evidence: items(document['evidence']).map((tree) => evidenceTreeOf(members(tree))),
    inherit:
      ifGiven(document['inherit'], (inherit) => ({
        upTo: stageOr(inherit['upTo'], 'G1'),
        limit: count(inherit['limit'], 1),
      })) ?? null,
    protections: items(document['protected']).map((entry) => protectionOf(members(entry))),
    fuses: fusesOf(members(document['fuses'])),
    separation: items(document['separation']).map((entry) => separationOf(members(entry))),
    conflictOfInterest: ifGiven(document['conflict-of-interest'], conflictOf) ?? null,
    breakGlass: ifGiven(document['break-glass'], breakGlassOf) ?? null,
    resetFuseQuorum: count(members(document['reset-fuse'])['quorum'], 1),
    channels: new Map(
      named('channels').map(([name, channel]) => [
        name,
        { latencyMs: requiredMs(channel['latency-p99']), depends: texts(channel['depends']) },
      ]),
    ),
    decideBy: ifGiven(document['decide-by'], decideByOf) ?? null,
    threshold: {
      floor: count(members(document['threshold'])['floor'], LIMITS.thresholdFloorPercent / 100),
      ceiling: count(
        members(document['threshold'])['ceiling'],
        LIMITS.thresholdCeilingPercent / 100,
      ),
    },
    document,
  };
}
