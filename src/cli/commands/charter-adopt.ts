import type { ChartersAnswer, ProposalAnswer } from '../../api/contract/index.ts';
import { place, type Call, type Command } from '../command.ts';
import { readText } from '../io.ts';
import { paint, plain } from '../text.ts';

function proposalText(call: Call, proposal: ProposalAnswer): string {
  const { id, state, charter, changes, proof, signatures, effective } = proposal;
  const loosens = changes.filter(({ consequence }) => consequence === 'loosens').length;
  const gaps = proof.gaps === 0 ? paint(call.io, 'green', 'no gap') : `${proof.gaps} gap(s)`;
  return [
    `${id}  ${state}  ${charter.id} revision ${charter.revision}, effective ${effective}`,
    `  proof: ${gaps} in ${proof.cells} cells`,
    `  changes: ${changes.length}, of which ${loosens} loosen`,
    ...changes.map(({ consequence, words }) => `    ${consequence}: ${plain(words)}`),
    ...signatures.map(({ outcome, person, seat }) => `  ${outcome}: ${person} (${seat})`),
    '',
  ].join('\n');
}

export const charterAdopt: Command = {
  name: 'charter adopt',
  summary: 'propose a revision to a running server: it shows what would change, and who signs',
  places: ['FILE'],
  remote: true,
  options: [{ name: 'roster', value: 'FILE', text: 'new people as well; else they stay' }],
  run: async (call) => {
    const roster = call.option('roster');
    const body = {
      charter: readText(place(call, 0)),
      ...(roster === undefined ? {} : { roster: readText(roster) }),
    };
    const request = { method: 'POST', body } as const;
    const proposal = await call.client().ask<ProposalAnswer>('/v1/authority/charters', request);
    call.answer(proposal, () => {
      const next = `Next: firebreak charter sign ${proposal.id} --reason TEXT\n`;
      return `${proposalText(call, proposal)}${proposal.state === 'open' ? next : ''}`;
    });
    return proposal.proof.gaps === 0 ? 0 : 1;
  },
};

export const charterSign: Command = {
  name: 'charter sign',
  summary: 'sign a proposed revision, with the token of a person whom the charter names',
  places: ['PROPOSAL'],
  remote: true,
  options: [
    { name: 'reason', value: 'TEXT', text: 'what you looked at' },
    { name: 'refuse', text: 'refuse it instead' },
  ],
  run: async (call) => {
    const body = {
      outcome: call.flag('refuse') ? 'refuse' : 'sign',
      reason: call.required('reason'),
    };
    const path = `/v1/authority/charters/${encodeURIComponent(place(call, 0))}/signatures`;
    const proposal = await call.client().ask<ProposalAnswer>(path, { method: 'POST', body });
    call.answer(proposal, () => proposalText(call, proposal));
    return 0;
  },
};

export const charterProposals: Command = {
  name: 'charter proposals',
  summary: 'which charter holds, and which revisions wait for signatures',
  places: [],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<ChartersAnswer>('/v1/authority/charters');
    call.answer(answer, () => {
      const { charter, fileDiffers } = answer.adopted;
      const differs = fileDiffers === null ? '' : `${paint(call.io, 'amber', fileDiffers)}\n`;
      const listed = answer.proposals.map((one) => proposalText(call, one)).join('');
      return `${charter.id} revision ${charter.revision} holds\n${differs}${listed}`;
    });
    return answer.adopted.fileDiffers === null ? 0 : 1;
  },
};
