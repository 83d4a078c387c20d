import { isInForce } from './evaluate.ts';
import type { Restriction } from './model.ts';

/** The restrictions in force, in memory, found by any name of their subject. */
export interface View {
  readonly put: (restriction: Restriction) => boolean;
  /** Lifts at once what this process has just lifted, before it is read back. */
  readonly lift: (id: string, at: string) => Restriction | null;
  readonly named: (names: readonly string[], nowMs: number) => readonly Restriction[];
  readonly all: (nowMs: number) => readonly Restriction[];
}

/** Far more than are lifted while one write is being applied. */
const GONE_MAX = 10_000;

export function createView(): View {
  const byId = new Map<string, Restriction>();
  const byName = new Map<string, Set<string>>();
  /** Lifted and read back. Late news of them (an own write applied after its lift was read) must not bring them back. */
  const gone = new Set<string>();
  const unlink = ({ id, aliases }: Restriction): void => {
    for (const name of aliases) {
      const ids = byName.get(name);
      ids?.delete(id);
      if (ids?.size === 0) byName.delete(name);
    }
  };
  const link = ({ id, aliases }: Restriction): void => {
    for (const name of aliases) {
      const ids = byName.get(name) ?? new Set();
      byName.set(name, ids.add(id));
    }
  };
  const put = (restriction: Restriction): boolean => {
    if (gone.has(restriction.id)) return false;
    const known = byId.get(restriction.id);
    if (known !== undefined) {
      // What was lifted stays lifted, in whichever order the news arrives.
      if (known.revision > restriction.revision) return false;
      if (known.liftedAt !== null && restriction.liftedAt === null) return false;
      if (known.revision === restriction.revision && known.liftedAt === restriction.liftedAt) {
        return false;
      }
      unlink(known);
    }
    if (restriction.liftedAt !== null) {
      byId.delete(restriction.id);
      gone.add(restriction.id);
      for (const oldest of gone) if (gone.size > GONE_MAX) gone.delete(oldest);
    } else {
      byId.set(restriction.id, restriction);
      link(restriction);
    }
    return true;
  };
  return {
    put,
    lift: (id, at) => {
      const known = byId.get(id);
      if (known === undefined || known.liftedAt !== null) return null;
      const lifted = { ...known, liftedAt: at };
      unlink(known);
      byId.set(id, lifted);
      return lifted;
    },
    named: (names, nowMs) => {
      if (byName.size === 0) return [];
      const ids = new Set<string>();
      for (const name of names) for (const id of byName.get(name) ?? []) ids.add(id);
      return [...ids].flatMap((id) => {
        const restriction = byId.get(id);
        return restriction !== undefined && isInForce(restriction, nowMs) ? [restriction] : [];
      });
    },
    all: (nowMs) => [...byId.values()].filter((restriction) => isInForce(restriction, nowMs)),
  };
}
