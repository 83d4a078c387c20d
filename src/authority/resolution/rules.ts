import type { Charter, Right, RightMembers } from '../charter/model.ts';
import type { DecisionKind } from '../model.ts';
import { type Case, matchesSituation } from './match.ts';

/** The right that answers a case, with the members that it and those it overrides give. */
export interface Rule {
  /** Of the most specific right. */
  readonly id: string;
  /** From the most general to the most specific. */
  readonly from: readonly string[];
  readonly members: RightMembers;
}

/** What follows from a charter alone: worked out once, not for each question. */
interface Compiled {
  readonly byDecision: ReadonlyMap<DecisionKind, readonly Right[]>;
  /** The names of the rights that match -> the rule they make together. */
  readonly rules: Map<string, Rule>;
}

const compiled = new WeakMap<Charter, Compiled>();

function compile(charter: Charter): Compiled {
  const byDecision = new Map<DecisionKind, Right[]>();
  for (const right of charter.rights) {
    for (const decision of right.decisions) {
      const rights = byDecision.get(decision);
      if (rights === undefined) byDecision.set(decision, [right]);
      else rights.push(right);
    }
  }
  return { byDecision, rules: new Map() };
}

function compiledOf(charter: Charter): Compiled {
  const known = compiled.get(charter);
  if (known !== undefined) return known;
  const fresh = compile(charter);
  compiled.set(charter, fresh);
  return fresh;
}

/** From the most general to the most specific: a right stands after every right it names. */
function inOverrideOrder(rights: readonly Right[]): readonly Right[] {
  const ordered: Right[] = [];
  const visit = (right: Right): void => {
    if (ordered.includes(right)) return;
    for (const id of right.overrides) {
      const general = rights.find((one) => one.id === id);
      if (general !== undefined) visit(general);
    }
    ordered.push(right);
  };
  for (const right of rights) visit(right);
  return ordered;
}

/** Each replaces only the members it gives. */
function ruleOf(rights: readonly Right[], last: Right): Rule {
  const ordered = inOverrideOrder(rights);
  let members: RightMembers = {};
  for (const right of ordered) members = { ...members, ...right };
  return { id: ordered.at(-1)?.id ?? last.id, from: ordered.map(({ id }) => id), members };
}

/** Null when no right matches: nobody was ever given this decision. */
export function ruleFor(charter: Charter, decision: DecisionKind, given: Case): Rule | null {
  const { byDecision, rules } = compiledOf(charter);
  const candidates = byDecision.get(decision) ?? [];
  const matching = candidates.filter(({ when }) => matchesSituation(when, given));
  const last = matching.at(-1);
  if (last === undefined) return null;
  const key = matching.map(({ id }) => id).join('\n');
  const known = rules.get(key);
  if (known !== undefined) return known;
  const rule = ruleOf(matching, last);
  // INVARIANT: bounded by the sets of rights that match together, which the loader keeps small.
  rules.set(key, rule);
  return rule;
}
