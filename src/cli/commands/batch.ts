import { STAGES, type BatchAnswer } from '../../api/contract/index.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { readText } from '../io.ts';
import { table } from '../text.ts';

/** A reference on each line, or what `identity list --json` prints. */
function refsIn(call: Call, text: string): readonly string[] {
  const listed = idsListed(text);
  if (listed !== null) return listed;
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => refIn(call, line));
}

function idsListed(text: string): readonly string[] | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    const list: unknown = Reflect.get(Object(value), 'identities');
    if (!Array.isArray(list)) return null;
    const ids = list.map((one: unknown): unknown => Reflect.get(Object(one), 'id'));
    return ids.every((id) => typeof id === 'string') ? ids : null;
  } catch {
    return null;
  }
}

function refIn(call: Call, line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const value: unknown = JSON.parse(line);
    const id: unknown = Reflect.get(Object(value), 'id');
    if (typeof id === 'string') return id;
  } catch {
    // Said below, as for an object without an id.
  }
  return call.usage(`${line.slice(0, 60)}: a line is a reference, or an object with an id`);
}

export const batch: Command = {
  name: 'batch',
  summary: 'ask to contain many identities in one incident, as few questions',
  places: ['FILE'],
  remote: true,
  options: [
    { name: 'stage', value: 'S', text: `${STAGES.join(', ')}` },
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    { name: 'incident', value: 'ID', text: 'join this incident instead of opening one' },
    { name: 'title', value: 'TEXT', text: 'what the incident is called' },
  ],
  run: async (call) => {
    const stage = oneOf(call, '--stage', STAGES, call.required('stage'));
    const reason = call.required('reason');
    const file = place(call, 0);
    const refs = refsIn(call, file === '-' ? await call.io.readInput() : readText(file));
    const incident = call.option('incident');
    const title = call.option('title');
    const body = {
      refs,
      stage,
      reason,
      ...(incident === undefined ? {} : { incident }),
      ...(title === undefined ? {} : { title }),
    };
    const answer = await call.client().ask<BatchAnswer>('/v1/batches', { method: 'POST', body });
    call.answer(answer, () => batchText(answer));
    return answer.unknown.length === 0 ? 0 : 1;
  },
};

function batchText({ incident, identities, unknown }: BatchAnswer): string {
  const left =
    unknown.length === 0
      ? ''
      : `Not known, so not asked about:\n${table(unknown.map((ref) => [`  ${ref}`]))}`;
  return `Asking about ${identities}; nothing is cut until somebody decides.\n${left}See it with \`firebreak incident show ${incident}\`.\n`;
}
