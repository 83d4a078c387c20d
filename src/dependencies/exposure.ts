import { credentialsOf, identityOf } from './consumers.ts';
import type { MapGraph } from './graph.ts';

/** Whoever holds `from` gets at the access of `to`, also after it was renewed. */
export interface Exposure {
  readonly from: number;
  readonly to: number;
  /** How: it assumes it, mints its credentials, or reads a store that holds one. */
  readonly by: 'assumes' | 'mints' | 'reads';
  /** The store, where there is one. */
  readonly store: number | null;
  /** Of the two edges of the way, the older. */
  readonly observedS: number;
}

/** Access that the attacker may have, so that it must be renewed. */
export interface Exposed {
  /** Nearest first. */
  readonly identities: readonly number[];
  /** Credentials to renew, by identity. */
  readonly credentials: ReadonlyMap<number, readonly number[]>;
  readonly exposures: readonly Exposure[];
  readonly truncated: boolean;
}

interface Gained {
  readonly exposure: Exposure;
  /** Null when the identity is taken over without any of its credentials. */
  readonly credential: number | null;
}

/** What an identity opens directly. Data that it reaches holds no keys as far as the map knows. */
function gainedBy(graph: MapGraph, from: number): readonly Gained[] {
  const gained: Gained[] = [];
  const addCredential = (
    credential: number,
    by: 'mints' | 'reads',
    store: number | null,
    observedS: number,
  ): void => {
    const to = identityOf(graph, credential);
    if (to !== null) gained.push({ exposure: { from, to, by, store, observedS }, credential });
  };
  graph.eachOut(from, (head, edge) => {
    const relation = graph.relation(edge);
    const observedS = graph.observedS(edge);
    if (relation === 'assumes') {
      const exposure: Exposure = { from, to: head, by: 'assumes', store: null, observedS };
      gained.push({ exposure, credential: null });
    } else if (relation === 'mints') addCredential(head, 'mints', null, observedS);
    else if (relation === 'reads') {
      graph.eachOut(head, (credential, holds) => {
        if (graph.relation(holds) !== 'holds') return;
        addCredential(credential, 'reads', head, Math.min(observedS, graph.observedS(holds)));
      });
    }
  });
  return gained;
}

/** From an identity with all its credentials, or from one credential. */
export function exposedFrom(graph: MapGraph, subject: number, identitiesMax: number): Exposed {
  const isCredential = graph.kind(subject) === 'credential';
  const start = isCredential ? identityOf(graph, subject) : subject;
  const credentials = new Map<number, Set<number>>();
  const exposures: Exposure[] = [];
  const identities: number[] = [];
  if (start !== null) {
    identities.push(start);
    credentials.set(start, new Set(isCredential ? [subject] : credentialsOf(graph, start)));
  }
  let truncated = false;
  // Grows while it is read: nearest first.
  for (const identity of identities) {
    for (const { exposure, credential } of gainedBy(graph, identity)) {
      let known = credentials.get(exposure.to);
      if (known === undefined) {
        if (identities.length >= identitiesMax) {
          truncated = true;
          continue;
        }
        identities.push(exposure.to);
        known = new Set();
        credentials.set(exposure.to, known);
      }
      if (credential !== null) known.add(credential);
      exposures.push(exposure);
    }
  }
  const lists = [...credentials].map(([identity, set]) => [identity, [...set]] as const);
  return { identities, credentials: new Map(lists), exposures, truncated };
}
