import type { Right, RightMembers } from './model.ts';

// What a right says once the rights it overrides have said what it leaves out.

export type Effective = Right & RightMembers;

/** Every right by its id, general ones merged in first. Overrides go in no circle here: the loader has looked. */
export function effectiveRights(rights: readonly Right[]): ReadonlyMap<string, Effective> {
  const byId = new Map(rights.map((right) => [right.id, right]));
  const known = new Map<string, Effective>();
  const of = (right: Right): Effective => {
    const before = known.get(right.id);
    if (before !== undefined) return before;
    let members: RightMembers = {};
    for (const id of nearestLast(right, byId)) {
      const general = byId.get(id);
      if (general !== undefined) members = { ...members, ...of(general) };
    }
    const effective = { ...members, ...right };
    known.set(right.id, effective);
    return effective;
  };
  for (const right of rights) of(right);
  return known;
}

/** A right that overrides another one of the list speaks after it, in whatever order they were written. */
function nearestLast(right: Right, byId: ReadonlyMap<string, Right>): readonly string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const wanted = new Set(right.overrides);
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const general of byId.get(id)?.overrides ?? []) if (wanted.has(general)) visit(general);
    ordered.push(id);
  };
  for (const id of right.overrides) visit(id);
  return ordered;
}
