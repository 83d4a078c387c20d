/** A need between numbered things: `from` comes before `to`. */
export interface Need {
  readonly from: number;
  readonly to: number;
}

/** Component of each thing (Tarjan's algorithm without recursion: chains may be long). */
export function componentsOf(count: number, needs: readonly Need[]): readonly number[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of needs) next[from]?.push(to);
  const component = Array.from<number>({ length: count }).fill(-1);
  const index = Array.from<number>({ length: count }).fill(-1);
  const low = Array.from<number>({ length: count }).fill(0);
  const open: number[] = [];
  const isOpen = new Set<number>();
  let [counter, components] = [0, 0];
  const enter = (at: number): void => {
    index[at] = counter;
    low[at] = counter;
    counter += 1;
    open.push(at);
    isOpen.add(at);
  };
  const close = (root: number): void => {
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      isOpen.delete(at);
      component[at] = components;
      if (at === root) break;
    }
    components += 1;
  };
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1) continue;
    const calls = [{ at: start, place: 0 }];
    enter(start);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { at } = call;
      const to = next[at]?.[call.place];
      call.place += 1;
      if (to === undefined) {
        calls.pop();
        const above = calls.at(-1);
        if (above !== undefined) low[above.at] = Math.min(low[above.at] ?? 0, low[at] ?? 0);
        if (low[at] === index[at]) close(at);
      } else if (index[to] === -1) {
        enter(to);
        calls.push({ at: to, place: 0 });
      } else if (isOpen.has(to)) low[at] = Math.min(low[at] ?? 0, index[to] ?? 0);
    }
  }
  return component;
}

export interface Acyclic<Kept extends Need> {
  readonly kept: readonly Kept[];
  readonly broken: readonly Kept[];
}

/**
 * Gives up needs until no cycle is left. In each cycle the thing with the smallest number comes first, so what it would
 * have to wait for within its cycle is given up. Every need given up lies on a cycle.
 */
export function breakCycles<Kept extends Need>(
  count: number,
  needs: readonly Kept[],
): Acyclic<Kept> {
  let kept = needs;
  const broken: Kept[] = [];
  for (;;) {
    const component = componentsOf(count, kept);
    const sizes = new Map<number, number>();
    const firsts = new Map<number, number>();
    for (const [thing, each] of component.entries()) {
      sizes.set(each, (sizes.get(each) ?? 0) + 1);
      if (!firsts.has(each)) firsts.set(each, thing);
    }
    const isGivenUp = ({ from, to }: Need): boolean => {
      const each = component[to] ?? -1;
      return component[from] === each && firsts.get(each) === to;
    };
    const given = kept.filter((need) => isGivenUp(need));
    if (given.length === 0) return { kept, broken };
    broken.push(...given);
    kept = kept.filter((need) => !isGivenUp(need));
  }
}

/** How many things must be done one after the other before each: equal numbers can be done at once. */
export function ranksOf(count: number, needs: readonly Need[]): readonly number[] {
  const next = Array.from({ length: count }, (): number[] => []);
  const waiting = Array.from<number>({ length: count }).fill(0);
  for (const { from, to } of needs) {
    next[from]?.push(to);
    waiting[to] = (waiting[to] ?? 0) + 1;
  }
  const ranks = Array.from<number>({ length: count }).fill(0);
  const ready = [...waiting.keys()].filter((thing) => waiting[thing] === 0);
  for (const done of ready) {
    for (const to of next[done] ?? []) {
      ranks[to] = Math.max(ranks[to] ?? 0, (ranks[done] ?? 0) + 1);
      waiting[to] = (waiting[to] ?? 0) - 1;
      if (waiting[to] === 0) ready.push(to);
    }
  }
  return ranks;
}
