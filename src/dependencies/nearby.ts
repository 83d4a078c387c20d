import { LIMITS } from '../kernel/index.ts';
import { unknownUses } from './collateral.ts';
import { cutSetOf, serviceHit, servicesOfUses, usesOf } from './consumers.ts';
import { Oldest, type MapGraph } from './graph.ts';
import type { Nearby } from './model.ts';

/** Basis 0 is inferred. */
const isInferred = ({ basis }: { readonly basis: number }): boolean => basis === 0;

const NOTHING_KNOWN: Omit<Nearby, 'revision'> = {
  known: 0,
  inferred: 0,
  unknown: 1,
  consumers: [],
  services: [],
  tierMin: null,
  isPart: false,
  oldestEdgeAt: null,
};

/** The nearest of what a cut breaks: as much as a card shows, whatever the size of the map. */
export function nearbyOf(graph: MapGraph, id: string): Nearby {
  const subject = graph.nodes.find(id);
  if (subject === undefined) return { ...NOTHING_KNOWN, revision: graph.revision };
  const cut = cutSetOf(graph, subject);
  const { uses, truncated } = usesOf(graph, cut, LIMITS.cardConsumersMax);
  const consumers = uses.filter(({ consumer }) => graph.kind(consumer) !== 'service');
  const services = servicesOfUses(graph, uses).map((node) => serviceHit(graph, node));
  const tiers = services.flatMap(({ tier }) => tier ?? []);
  const inferred = consumers.filter(isInferred).length;
  const unknown = unknownUses(graph, cut, consumers.length);
  const oldest = new Oldest();
  for (const { observedS } of uses) oldest.see(observedS);
  return {
    revision: graph.revision,
    oldestEdgeAt: oldest.at,
    known: consumers.length - inferred,
    inferred,
    unknown: unknown.reduce((sum, { count }) => sum + count, 0),
    consumers: consumers.map(({ consumer }) => {
      const { kind, name } = graph.node(consumer);
      return { id: graph.nodes.ids[consumer] ?? '', kind, name };
    }),
    services,
    tierMin: tiers.length === 0 ? null : Math.min(...tiers),
    isPart: truncated,
  };
}
