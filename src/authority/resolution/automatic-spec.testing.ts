import { AUTHENTICITIES, CONFIDENCES, GUARANTEES } from '../../kernel/index.ts';
import type { Charter, IdentityClass, Mandate } from '../charter/model.ts';
import type { AuthorityFacts } from '../model.ts';

// The naive second definition of what may happen without asking: one screen, no sharing with the real one. Tests only.

/** 0 = nothing, 1..5 = G1..G5. `revoke` = goes on to G5 after its window. */
export interface Allowed {
  /** Of everything that acts by itself, by mandate or by default; the threshold stops only mandates. */
  readonly ceiling: number;
  readonly act: number;
  readonly shadow: number;
  readonly revoke: boolean;
}

function level(stage: string): number {
  return GUARANTEES.findIndex((one) => one === stage) + 1;
}

function ceilingBySpec(
  charter: Charter,
  facts: AuthorityFacts,
  classes: readonly IdentityClass[],
  nowMs: number,
): number {
  const { identity } = facts;
  const names = classes.map((one) => one.name);
  let ceiling = 5;
  if (facts.authenticity === 'unauthenticated') ceiling = 0;
  if (classes.some(({ profile }) => profile === 'restrict-only')) ceiling = Math.min(ceiling, 2);
  for (const { identity: named, class: of, max, rule } of charter.protections) {
    const hit =
      named === identity.id ||
      identity.refs.includes(named ?? '') ||
      names.includes(of ?? '') ||
      (rule !== null && identity.lastAdministrator === true);
    if (hit) ceiling = Math.min(ceiling, max === null ? 0 : level(max));
  }
  const { automaticCuts, sameSource } = charter.fuses;
  for (const [fuse, source] of [
    [automaticCuts, null],
    [sameSource, facts.signalSource],
  ] as const) {
    const recent = facts.automaticCuts.filter(
      (cut) => cut.atMs > nowMs - (fuse?.perMs ?? 0) && (source === null || cut.source === source),
    );
    if (fuse !== null && recent.length >= fuse.limit) ceiling = 0;
  }
  return ceiling;
}

/** A mandate lives until its end, and for what was begun before that through its grace. */
function isLive({ untilMs, openIncident }: Mandate, facts: AuthorityFacts, nowMs: number): boolean {
  const begun = (atMs: number | null | undefined): boolean => (atMs ?? Infinity) < untilMs;
  const goesOn = openIncident.newTargets || begun(facts.targetOpenedAtMs);
  const inGrace = nowMs < untilMs + openIncident.graceMs;
  return nowMs < untilMs || (inGrace && begun(facts.incidentOpenedAtMs) && goesOn);
}

/** What the threshold leaves of a stage: 5 = everything. `minutes` = how long people take to answer. */
function thresholdBySpec(
  charter: Charter,
  facts: AuthorityFacts,
  given: { readonly certainty: number; readonly minutes: number; readonly reach: number },
): number {
  const { stakes } = facts;
  if (stakes === undefined) return 5;
  const have =
    facts.authenticity === 'unauthenticated' ? 0 : ([0.2, 0.5, 0.8, 0.98][given.certainty] ?? 0);
  const enough = stakes.stages.map((stage) => {
    const delay =
      stakes.damagePerMinute * stage.removes * (stakes.minutesToAnswer ?? given.minutes);
    const cost = stage.disruptionPerMinute ?? stakes.classMaximumPerMinute;
    const harm = cost * (stage.minutesToRestoreRehearsed ?? 4 * stage.minutesToRestoreDeclared);
    const { floor, ceiling } = charter.threshold;
    const bare = harm === 0 ? floor : Math.max(floor, Math.min(ceiling, harm / (harm + delay)));
    const need = stage.guarantee === 'G5' ? Math.max(bare, 0.9) : bare;
    return { level: level(stage.guarantee), reached: have >= need };
  });
  const allowed = Math.max(0, ...enough.filter(({ reached }) => reached).map((one) => one.level));
  const stopped = enough.some((one) => one.level <= given.reach && one.level > allowed);
  return stopped ? Math.max(allowed, 2) : 5;
}

/** As long as nobody knows its services, it may be of every class that differs in nothing else. */
function mayBe({ match }: IdentityClass, identity: AuthorityFacts['identity']): boolean {
  return (
    identity.servicesUnknown === true &&
    (match.kind === undefined || match.kind.includes(identity.kind)) &&
    (match.tag === undefined || match.tag.some((tag) => identity.tags.includes(tag))) &&
    (match.operator === undefined || match.operator.includes(identity.operator ?? ''))
  );
}

export function allowedBySpec(
  charter: Charter,
  facts: AuthorityFacts,
  nowMs: number,
  minutes = 0,
): Allowed {
  const { identity } = facts;
  const classes = charter.classes.filter(({ match }) =>
    [
      match.kind === undefined || match.kind.includes(identity.kind),
      match.tag === undefined || match.tag.some((tag) => identity.tags.includes(tag)),
      match.service === undefined || match.service.some((one) => identity.services.includes(one)),
      match.operator === undefined || match.operator.includes(identity.operator ?? ''),
    ].every(Boolean),
  );
  const names = classes.map((one) => one.name);
  const severity = facts.severity ?? charter.unknown.severity;
  const environment = facts.environment ?? charter.unknown.environment;
  const jurisdiction = facts.jurisdiction ?? charter.unknown.jurisdiction;
  const certainty = Math.min(
    CONFIDENCES.indexOf(facts.confidence) + (facts.sources >= 2 ? 1 : 0),
    3,
  );
  const proof = AUTHENTICITIES.indexOf(facts.authenticity);

  const live = charter.mandates.filter((mandate) => {
    const { when } = mandate;
    return [
      nowMs >= charter.effectiveMs && isLive(mandate, facts, nowMs),
      when.class === undefined || when.class.some((one) => names.includes(one)),
      when.severity === undefined || when.severity.includes(severity),
      when.environment === undefined || when.environment.includes(environment),
      when.jurisdiction === undefined ||
        jurisdiction === null ||
        when.jurisdiction.includes(jurisdiction),
      when.signal === undefined || when.signal.some((one) => facts.signalTypes.includes(one)),
      certainty >= CONFIDENCES.indexOf(when.confidence),
      proof >= AUTHENTICITIES.indexOf(when.authenticity),
      facts.sources >= when.sources,
    ].every(Boolean);
  });
  const granted = live.map(({ mode, upTo, widen, rehearsed, thenRevokeWindowMs }) => {
    const wide = widen !== null && facts.sources >= widen.sources ? level(widen.to) : level(upTo);
    const at =
      facts.rehearsedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(facts.rehearsedAt);
    const stale = rehearsed !== null && nowMs - at > rehearsed.withinMs;
    const reach = stale ? Math.min(wide, level(rehearsed.downTo)) : wide;
    return { mode, reach, revoke: !stale && thenRevokeWindowMs !== null };
  });

  const possible = charter.classes.filter((one) => classes.includes(one) || mayBe(one, identity));
  const ceiling = ceilingBySpec(charter, facts, possible, nowMs);
  const best = (mode: string): number =>
    Math.max(0, ...granted.filter((one) => one.mode === mode).map((one) => one.reach));
  const weighed = (mode: string): number =>
    thresholdBySpec(charter, facts, { certainty, minutes, reach: best(mode) });
  const top = granted.filter((one) => one.mode === 'act' && one.reach === best('act'));
  return {
    ceiling,
    act: Math.min(best('act'), ceiling, weighed('act')),
    shadow: Math.min(best('shadow'), ceiling, weighed('shadow')),
    revoke: ceiling === 5 && best('act') <= weighed('act') && top.some((one) => one.revoke),
  };
}
