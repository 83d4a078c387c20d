import type { EvidenceEntryData } from '../evidence/model.ts';
import type { Names } from '../decisions/sentences.ts';
import type { HandOff, TaskEntryData, TaskOwner } from './model.ts';

type Told = EvidenceEntryData & TaskEntryData;
type Sentences = { readonly [Kind in keyof Told]: (data: Told[Kind], say: Names) => string };

export function ownerText({ seat, person }: TaskOwner): string {
  if (person === null) return seat === null ? 'nobody' : `${seat} (nobody fills it)`;
  return seat === null ? person : `${person} (${seat})`;
}

export const TRACK_SENTENCES: Sentences = {
  'evidence.captured': ({ cut, captured, missed }, say) =>
    `Evidence captured beside the cut (${captured.length} items, ${missed.length} missed): ${say.cut(cut)}.`,
  'evidence.opened': ({ items, reason }) =>
    `Evidence was opened for an export (${items.length} items): ${reason}.`,
  'evidence.held': ({ reason }) => `Legal hold on the evidence: ${reason}.`,
  'evidence.released': ({ reason }) => `The legal hold on the evidence ended: ${reason}.`,
  'evidence.deletion-refused': ({ why }) => `Evidence was not deleted: ${why}.`,
  'evidence.deleted': ({ items, why }) => `Evidence was deleted (${items.length} items): ${why}.`,
  'task.added': ({ task }) =>
    `Task for ${task.track}: ${task.title}; ${ownerText(task.owner)} has it.`,
  'task.moved': ({ task, to }, say) => `Task is ${to}: ${say.task(task)}.`,
  'task.blocked': ({ task, by, untilMs }, say) =>
    `Task waits for ${say.task(by)}${untilMs === null ? '' : ` until ${say.clock(untilMs)}`}: ${say.task(task)}.`,
  'containment.handed-off': (data, say) => handedOffSentence(data, say.identity(data.identity)),
};

function handedOffSentence({ mandate, right, holders }: HandOff, name: string): string {
  const machine =
    mandate === null
      ? 'nothing happens without asking'
      : `mandate ${mandate.id} executes up to ${mandate.upTo}`;
  const people = holders.map(({ seat, person }) => `${person} (${seat})`).join(', ');
  const beyond =
    people === '' ? 'nobody holds the right' : `${people} under right ${right ?? 'none'}`;
  return `Containment of ${name} is handed over: ${machine}; beyond it ${beyond}.`;
}
