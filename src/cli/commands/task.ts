import { TRACK_NAMES, type TracksAnswer } from '../../api/contract/index.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { clockTime, paint, table } from '../text.ts';

type Tracks = TracksAnswer['tracks'];
type Shown = Tracks[number]['tasks'][number];

function whose({ owner, alternate }: Shown): string {
  const name = (one: Shown['owner']): string => one.person ?? one.seat ?? 'nobody';
  return alternate === null ? name(owner) : `${name(owner)}, else ${name(alternate)}`;
}

function tracksText(call: Call, tracks: Tracks): string {
  const nowMs = call.io.nowMs();
  return tracks
    .map(({ track, tasks }) => {
      const rows = tasks.map((task) => {
        const waits = task.blockedBy === null ? '' : `waits for ${task.blockedBy}`;
        const until = task.until === null ? '' : `until ${clockTime(task.until, nowMs)}`;
        const since = `since ${clockTime(task.since, nowMs)}`;
        return [
          `  ${task.state}`,
          task.title,
          whose(task),
          task.id ?? task.from,
          since,
          waits,
          until,
        ];
      });
      const body = rows.length === 0 ? '  nothing to do\n' : table(rows);
      return `${paint(call.io, 'bold', track)}\n${body}`;
    })
    .join('');
}

function pathOf(call: Call): string {
  return `/v1/incidents/${encodeURIComponent(place(call, 0))}`;
}

async function change(call: Call, path: string, body: object): Promise<0> {
  const request = { method: 'POST', body } as const;
  const answer = await call.client().ask<TracksAnswer>(path, request);
  call.answer(answer, () => tracksText(call, answer.tracks));
  return 0;
}

export const taskList: Command = {
  name: 'task list',
  summary: 'the four tracks: who does what, what waits for whom, since when',
  places: ['INCIDENT'],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<TracksAnswer>(`${pathOf(call)}/tracks`);
    call.answer(answer, () => tracksText(call, answer.tracks));
    return 0;
  },
};

export const taskAdd: Command = {
  name: 'task add',
  summary: 'write down a task of a track',
  places: ['INCIDENT', 'TITLE'],
  remote: true,
  options: [
    { name: 'track', value: 'TRACK', text: TRACK_NAMES.join(', ') },
    { name: 'owner', value: 'NAME', text: 'a seat or a person; else whoever asks' },
    { name: 'alternate', value: 'NAME', text: 'who has it when the owner has not' },
  ],
  run: async (call) => {
    const [owner, alternate] = [call.option('owner'), call.option('alternate')];
    const body = {
      track: oneOf(call, '--track', TRACK_NAMES, call.required('track')),
      title: place(call, 1),
      ...(owner === undefined ? {} : { owner }),
      ...(alternate === undefined ? {} : { alternate }),
    };
    return await change(call, `${pathOf(call)}/tasks`, body);
  },
};

function taskPath(call: Call): string {
  return `${pathOf(call)}/tasks/${encodeURIComponent(place(call, 1))}`;
}

function moveCommand(name: string, to: 'doing' | 'done', summary: string): Command {
  return {
    name,
    summary,
    places: ['INCIDENT', 'TASK'],
    remote: true,
    options: [],
    run: async (call) => await change(call, taskPath(call), { to }),
  };
}

export const taskStart = moveCommand('task start', 'doing', 'somebody works on it now');
export const taskDone = moveCommand('task done', 'done', 'it is done');

export const taskBlock: Command = {
  name: 'task block',
  summary: 'it waits for somebody; a task of containment only for a time',
  places: ['INCIDENT', 'TASK'],
  remote: true,
  options: [
    { name: 'by', value: 'TEXT', text: 'another task, a person, a party' },
    { name: 'until', value: 'TIME', text: 'when it is no longer waited for, in RFC 3339' },
  ],
  run: async (call) => {
    const until = call.option('until');
    const more = until === undefined ? {} : { until };
    return await change(call, taskPath(call), { to: 'blocked', by: call.required('by'), ...more });
  },
};
