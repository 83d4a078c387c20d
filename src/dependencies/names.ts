import type { MapGraph } from './graph.ts';

/** What a credential proves; empty when nobody has said. */
function holderOf(graph: MapGraph, credential: number): string {
  let name = '';
  graph.eachOut(credential, (head, edge) => {
    if (name === '' && graph.relation(edge) === 'authenticates') {
      name = graph.nodes.names[head] ?? '';
    }
  });
  return name;
}

/**
 * What people call it. A credential's own name is the value of a reference, such as `900000001`: its kind stands before
 * it, and one without a reference is named by whom it proves.
 */
export function labelOf(graph: MapGraph, node: number): string {
  const name = graph.nodes.names[node] ?? '';
  if (graph.kind(node) !== 'credential') return name;
  const kind = graph.subkind(node);
  if (name !== '' && name !== kind) return `${kind} ${name}`;
  const holder = holderOf(graph, node);
  return holder === '' ? kind : `${kind} of ${holder}`;
}
