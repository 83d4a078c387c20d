import type { SourcesAnswer } from '../../api/contract/index.ts';
import type { Command } from '../command.ts';
import { table } from '../text.ts';

function sourcesText({ sources, pendingEdges, pendingClaims }: SourcesAnswer): string {
  if (sources.length === 0) return 'no sources; import some with `firebreak import FILE`\n';
  const rows = sources.map(({ name, nodes, edges, pending, snapshotAt }) => [
    name,
    `${nodes} things`,
    `${edges} edges`,
    `${pending} pending`,
    snapshotAt === null ? 'increments only' : `snapshot of ${snapshotAt}`,
  ]);
  const edges = pendingEdges.map(({ source, from, relation, to, since }) => [
    `  ${source}`,
    `${from} ${relation} ${to}`,
    `since ${since}`,
  ]);
  const claims = pendingClaims.map(({ source, ref, says }) => [
    `  ${source}`,
    ref,
    says.join(', '),
  ]);
  const waiting = [
    edges.length === 0 ? '' : `Edges that wait for an end that nobody has named\n${table(edges)}`,
    claims.length === 0 ? '' : `Said of identities that nobody has described\n${table(claims)}`,
  ];
  return `${table(rows)}${waiting.join('')}`;
}

export const sources: Command = {
  name: 'sources',
  summary: 'who feeds the inventory, and what waits for something that nobody has named yet',
  places: [],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<SourcesAnswer>('/v1/inventory/sources');
    call.answer(answer, () => sourcesText(answer));
    return 0;
  },
};
