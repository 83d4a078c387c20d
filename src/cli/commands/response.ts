import {
  RESTORE_CAUSES,
  STAGES,
  type ContainAnswer,
  type Containment,
  type IncidentAnswer,
  type IncidentsAnswer,
  type LookupAnswer,
  type RestoreAnswer,
  type TimelineAnswer,
} from '../../api/contract/index.ts';
import { oneOf, place, wholeNumber, type Call, type Command } from '../command.ts';
import { decisionLine } from './decision.ts';
import { clockTime, duration, paint, plain, statusMark, table } from '../text.ts';

function standingText(call: Call, standing: IncidentAnswer['standing']): string {
  return paint(call.io, standing.contained ? 'green' : 'red', standing.sentence);
}

export const incidentList: Command = {
  name: 'incident list',
  summary: 'incidents, newest first',
  places: [],
  remote: true,
  options: [
    { name: 'status', value: 'S', text: 'open, restoring or closed' },
    { name: 'limit', value: 'N', text: 'rows at most; 100 by default' },
    { name: 'before', value: 'ID', text: 'go on before this one' },
  ],
  run: async (call) => {
    const query = {
      status: call.option('status'),
      limit: wholeNumber(call, 'limit'),
      before: call.option('before'),
    };
    const answer = await call.client().ask<IncidentsAnswer>('/v1/incidents', { query });
    call.answer(answer, () => {
      const { io } = call;
      const rows = answer.incidents.map(({ id, severity, title, status, standing, openedAt }) => {
        const since = duration(Math.max(0, io.nowMs() - Date.parse(openedAt)));
        return [id, severity, status, title, standing.sentence, `since ${since}`];
      });
      return rows.length === 0 ? 'no incidents\n' : table(rows);
    });
    return 0;
  },
};

function cutLine(call: Call, cut: Containment): readonly string[] {
  const minted = cut.descendantOf === null ? '' : 'minted by the attacker';
  const until =
    cut.residualUntil === null ? '' : `until ${clockTime(cut.residualUntil, call.io.nowMs())}`;
  const why = [minted, until, cut.reason ?? ''].filter((text) => text !== '').join('; ');
  return [`  ${cut.target}`, cut.stage, cut.grain, cut.status, cut.id, why];
}

/** The mark goes in afterwards: its colour must not count as width. */
function cutsText(call: Call, cuts: readonly Containment[]): string {
  const lines = table(cuts.map((cut) => cutLine(call, cut))).split('\n');
  return cuts
    .map(({ status }, index) => {
      const line = lines[index] ?? '';
      return `${line.replace(` ${status} `, ` ${statusMark(call.io, status)} `)}\n`;
    })
    .join('');
}

interface TimelineLine {
  readonly at: string;
  readonly text: string;
  count: number;
}

/** The same try again and again is one line that counts, until something changes. */
function foldTries(entries: TimelineAnswer['entries']): readonly TimelineLine[] {
  const tries = new Map<string, TimelineLine>();
  const lines: TimelineLine[] = [];
  for (const { at, text, kind } of entries) {
    const isTry = kind === 'cut.probed';
    const known = isTry ? tries.get(text) : undefined;
    if (known !== undefined) {
      known.count += 1;
      continue;
    }
    const line = { at, text, count: 1 };
    if (isTry) tries.set(text, line);
    else tries.clear();
    lines.push(line);
  }
  return lines;
}

function incidentText(call: Call, incident: IncidentAnswer, timeline: TimelineAnswer): string {
  const nowMs = call.io.nowMs();
  const { id, severity, title, standing, cuts, decisions, windows, tracks } = incident;
  const parts = [
    `${paint(call.io, 'bold', id)}  ${severity}  ${plain(title)}\n${standingText(call, standing)}\n`,
  ];
  if (windows.length > 0) {
    const rows = windows.map(({ identity, window, until }) => [
      `  ${identity}`,
      window,
      `until ${clockTime(until, nowMs)}`,
    ]);
    parts.push(`\nWindows\n${table(rows)}`);
  }
  if (cuts.length > 0) parts.push(`\nCuts\n${cutsText(call, cuts)}`);
  if (decisions.length > 0) {
    parts.push(`\nDecisions\n${table(decisions.map((one) => decisionLine(call, one)))}`);
  }
  if (incident.rotations.length > 0) {
    const rows = incident.rotations.map((one) => [
      `  ${one.id}`,
      one.status,
      one.name,
      one.sentence,
    ]);
    parts.push(`\nRotations\n${table(rows)}`);
  }
  const blocked = tracks.flatMap(({ track, blocked: held }) =>
    held.map(({ what, by, since }) => [
      `  ${track}`,
      what,
      `waits for ${by}`,
      `since ${clockTime(since, nowMs)}`,
    ]),
  );
  if (blocked.length > 0) parts.push(`\nBlocked\n${table(blocked)}`);
  const rows = foldTries(timeline.entries).map(({ at, text, count }) => [
    `  ${clockTime(at, nowMs)}`,
    count === 1 ? text : `${text} (${count} times)`,
  ]);
  parts.push(`\nTimeline\n${table(rows)}`);
  return parts.join('');
}

export const incidentShow: Command = {
  name: 'incident show',
  summary: 'one incident: where it stands, and its timeline',
  places: ['ID'],
  remote: true,
  options: [],
  run: async (call) => {
    const path = `/v1/incidents/${encodeURIComponent(place(call, 0))}`;
    const client = call.client();
    const incident = await client.ask<IncidentAnswer>(path);
    const timeline = await client.ask<TimelineAnswer>(`${path}/timeline`);
    const value = { ...incident, timeline: timeline.entries };
    call.answer(value, () => incidentText(call, incident, timeline));
    return 0;
  },
};

export const contain: Command = {
  name: 'contain',
  summary: 'ask for a cut; it needs authority like everything else',
  places: ['REF'],
  remote: true,
  options: [
    { name: 'stage', value: 'S', text: `${STAGES.join(', ')}` },
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    { name: 'for', value: 'SECONDS', text: 'a temporary cut: at its end people are asked' },
    { name: 'dry-run', text: 'only say what would be done' },
  ],
  run: async (call) => {
    const stage = oneOf(call, '--stage', STAGES, call.required('stage'));
    const dryRun = call.flag('dry-run');
    const reason = call.option('reason') ?? (dryRun ? 'dry run' : call.required('reason'));
    const given = call.option('for');
    const time = given === undefined ? {} : { forSeconds: Number(given) };
    const body = { ref: place(call, 0), stage, reason, ...time, dryRun };
    const request = { method: 'POST', body } as const;
    const answer = await call.client().ask<ContainAnswer>('/v1/containments', request);
    call.answer(answer, () => containText(call, answer));
    return 0;
  },
};

function containText(call: Call, answer: ContainAnswer): string {
  const { outcome, incident, containments, decision, plan } = answer;
  const sentence = {
    started: 'The cut has begun.',
    asked: 'Nothing is cut yet: somebody has to decide.',
    already: 'That cut is there already.',
    'dry-run': 'Nothing was done. This would be done:',
  }[outcome];
  const more = [
    containments.length === 0 ? '' : cutsText(call, containments),
    decision === null ? '' : table([decisionLine(call, decision)]),
    outcome === 'dry-run' ? `${JSON.stringify(plan, null, 2)}\n` : '',
    incident === null ? '' : `See it with \`firebreak incident show ${incident}\`.\n`,
  ];
  return `${sentence}\n${more.join('')}`;
}

async function openIncidentHint(call: Call, ref: string): Promise<string> {
  if (/^(?:cut|inc)_/u.test(ref)) return ref;
  const found = await call.client().ask<LookupAnswer>('/v1/lookup', { query: { ref } });
  return found.identity.id;
}

export const restore: Command = {
  name: 'restore',
  summary: 'give access back; what leaked stays dead unless the alarm was false',
  places: ['REF'],
  remote: true,
  options: [
    { name: 'cause', value: 'C', text: RESTORE_CAUSES.join(' or ') },
    { name: 'reason', value: 'TEXT', text: 'why; it goes to the ledger' },
    {
      name: 'without-replacement',
      text: 'also while the replacement of what leaked is not live; it goes to the ledger',
    },
  ],
  run: async (call) => {
    const cause = oneOf(call, '--cause', RESTORE_CAUSES, call.required('cause'));
    const reason = call.required('reason');
    const ref = await openIncidentHint(call, place(call, 0));
    const path = `/v1/containments/${encodeURIComponent(ref)}/restore`;
    const withoutReplacement = call.flag('without-replacement');
    const request = { method: 'POST', body: { cause, reason, withoutReplacement } } as const;
    const answer = await call.client().ask<RestoreAnswer>(path, request);
    call.answer(answer, () => {
      const sentence =
        answer.outcome === 'started'
          ? 'It is being given back.'
          : 'Nothing is given back yet: somebody has to decide.';
      const keeps = answer.keeps.map(({ containment, why }) => [`  keeps ${containment}`, why]);
      const gives = answer.givesBack.map((id) => [`  gives back ${id}`]);
      const decision = table([decisionLine(call, answer.decision)]);
      return `${sentence}\n${table(gives)}${table(keeps)}${decision}See it with \`firebreak incident show ${answer.incident}\`.\n`;
    });
    return 0;
  },
};
