import { CONFIDENCES, type Confidence, present } from '../../kernel/index.ts';
import type { Charter, IdentityClass, Situation } from '../charter/model.ts';
import type { AuthorityFacts, Determining, Profile, Severity } from '../model.ts';

/** The case with nothing missing: what was missing has the meaning that the charter gives it. */
export interface Case {
  readonly facts: AuthorityFacts;
  readonly severity: Severity;
  readonly environment: string;
  /** Null = every jurisdiction. */
  readonly jurisdiction: string | null;
  readonly classes: readonly string[];
  /** And those it may be of, as long as its services are not known: they lower what may happen, they allow nothing. */
  readonly possibleClasses: readonly string[];
  readonly profile: Profile;
  /** After independent sources have been counted. */
  readonly confidence: Confidence;
  readonly assumed: readonly Determining[];
}

function matchesAny(wanted: readonly string[] | undefined, given: readonly string[]): boolean {
  return wanted === undefined || wanted.some((one) => given.includes(one));
}

function isOfClass(
  { match }: IdentityClass,
  identity: AuthorityFacts['identity'],
  services: 'known' | 'any',
): boolean {
  return (
    (services === 'any' || matchesAny(match.service, identity.services)) &&
    matchesAny(match.kind, [identity.kind]) &&
    matchesAny(match.tag, identity.tags) &&
    matchesAny(match.operator, identity.operator === null ? [] : [identity.operator])
  );
}

/** The most careful profile of all classes wins. */
function profileOf(classes: readonly IdentityClass[]): Profile {
  const profiles = classes.map(({ profile }) => profile);
  if (profiles.includes('restrict-only')) return 'restrict-only';
  return profiles.includes('hard-stop') ? 'hard-stop' : 'staged';
}

/** Two independent sources move confidence one step. */
export function confidenceOf(confidence: Confidence, sources: number): Confidence {
  if (sources < 2) return confidence;
  const next = Math.min(CONFIDENCES.indexOf(confidence) + 1, CONFIDENCES.length - 1);
  return present(CONFIDENCES[next], 'the step stays inside the table');
}

export function completeCase(charter: Charter, facts: AuthorityFacts): Case {
  const { unknown } = charter;
  const { identity } = facts;
  const classes = charter.classes.filter((one) => isOfClass(one, identity, 'known'));
  const possible =
    identity.servicesUnknown === true
      ? charter.classes.filter((one) => isOfClass(one, identity, 'any'))
      : classes;
  const assumed: Determining[] = [];
  const assume = (fact: string, meaning: string): void => {
    assumed.push({ rule: 'unknown', effect: `${fact} = ${meaning}`, why: `${fact} is not known` });
  };
  if (identity.servicesUnknown === true) assume('services', 'any');
  if (facts.severity === null) assume('severity', unknown.severity);
  if (facts.environment === null) assume('environment', unknown.environment);
  if (facts.jurisdiction === null) assume('jurisdiction', unknown.jurisdiction ?? 'every');
  return {
    facts,
    severity: facts.severity ?? unknown.severity,
    environment: facts.environment ?? unknown.environment,
    jurisdiction: facts.jurisdiction ?? unknown.jurisdiction,
    classes: classes.map(({ name }) => name),
    possibleClasses: possible.map(({ name }) => name),
    profile: profileOf(possible),
    confidence: confidenceOf(facts.confidence, facts.sources),
    assumed,
  };
}

export function matchesSituation(when: Situation, given: Case): boolean {
  return (
    matchesAny(when.class, given.classes) &&
    matchesAny(when.severity, [given.severity]) &&
    matchesAny(when.environment, [given.environment]) &&
    // Every jurisdiction includes any that a rule names.
    (given.jurisdiction === null || matchesAny(when.jurisdiction, [given.jurisdiction]))
  );
}

/** `system:type:value` is also known as `system:value`, the short form people write in a charter. */
export function namesIdentity(pattern: string, identity: AuthorityFacts['identity']): boolean {
  return [identity.id, ...identity.refs].some((name) => {
    if (name === pattern) return true;
    const [system, type, ...value] = name.split(':');
    return (
      type !== undefined && value.length > 0 && `${system ?? ''}:${value.join(':')}` === pattern
    );
  });
}
