interface Known {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Tells a path that is not there from a method that is not there. */
export interface KnownPaths {
  readonly add: (path: string, methods: string | readonly string[]) => void;
  readonly methodsAt: (path: string) => readonly string[];
}

export function createKnownPaths(): KnownPaths {
  const known = new Map<string, Known>();
  return {
    add: (path, methods) => {
      const source = path.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&').replaceAll(/:\w+/gu, '[^/]+');
      const entry = known.get(path) ?? {
        pattern: new RegExp(`^${source}$`, 'u'),
        methods: new Set(),
      };
      for (const method of [methods].flat()) entry.methods.add(method);
      known.set(path, entry);
    },
    methodsAt: (path) =>
      [...known.values()]
        .find(({ pattern }) => pattern.test(path))
        ?.methods.values()
        .toArray() ?? [],
  };
}
