import { createHmac } from 'node:crypto';
import type { SignalAnswer } from '../../api/contract/index.ts';
import { place, type Call, type Command } from '../command.ts';
import { readText } from '../io.ts';

/** As a source signs: HMAC over the instant and the exact bytes. */
function signatureHeaders(call: Call, body: string): Readonly<Record<string, string>> {
  const source = call.option('source');
  const secretFile = call.option('secret-file');
  if (source === undefined && secretFile === undefined) return {};
  if (source === undefined) return call.usage('--secret-file comes with --source');
  if (secretFile === undefined) return { 'firebreak-source': source };
  const secret = readText(secretFile).trim();
  const at = Math.floor(call.io.nowMs() / 1_000);
  const mac = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return { 'firebreak-source': source, 'firebreak-signature': `t=${at},v1=${mac}` };
}

export const signalSend: Command = {
  name: 'signal send',
  summary: 'state that an identity may be compromised',
  places: ['FILE'],
  remote: true,
  options: [
    { name: 'format', value: 'F', text: 'form of the file: firebreak (the default)' },
    { name: 'source', value: 'NAME', text: 'the source that speaks' },
    { name: 'secret-file', value: 'FILE', text: "sign with the source's secret (HMAC)" },
  ],
  run: async (call) => {
    const format = call.option('format') ?? 'firebreak';
    if (format !== 'firebreak') call.usage('--format is firebreak; there are no others yet');
    const file = place(call, 0);
    const content = file === '-' ? await call.io.readInput() : readText(file);
    const answer = await call.client().ask<SignalAnswer>('/v1/signals', {
      method: 'POST',
      raw: { content, type: 'application/json' },
      headers: signatureHeaders(call, content),
    });
    call.answer(answer, () => {
      const incident = answer.incidentId === undefined ? '' : `, incident ${answer.incidentId}`;
      return `${answer.repeated ? 'known already' : 'accepted'}: ${answer.signalId}${incident}\n`;
    });
    return 0;
  },
};
