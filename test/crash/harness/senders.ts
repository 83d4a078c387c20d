import { randomInteger, type Random } from '../../../src/kernel/index.ts';
import {
  act,
  type ActName,
  type Case,
  type Desk,
  type IncidentView,
  isAcknowledged,
  isSettled,
  nextAct,
  readIncident,
} from './cases.ts';
import type { SeenCheckpoint } from './evidence.ts';
import { ask, textOf } from './http.ts';

/** Those outside, who survive every kill: they send, look, repeat what was lost, and remember what was acknowledged. */
export interface Senders {
  readonly cases: Case[];
  /** Sends whatever is due until `done` says so. */
  readonly sendUntil: (desk: Desk, done: () => boolean) => Promise<void>;
  /** Acknowledged signals again: the same answer, marked as a repeat. */
  readonly repeatSome: (desk: Desk) => Promise<void>;
  readonly checkpoint: (desk: Desk) => Promise<SeenCheckpoint | null>;
  readonly viewsOf: (desk: Desk) => Promise<ReadonlyMap<string, IncidentView>>;
  readonly settleAgain: (views: ReadonlyMap<string, IncidentView>) => void;
  readonly wrong: (what: string) => void;
  readonly wrongs: () => readonly string[];
  readonly lostAnswers: () => number;
  readonly repeats: () => number;
}

const LOOK_MS = 150;
const REFUSALS_MAX = 25;
const REPEATED_AT_ONCE = 0.15;
const REPEATED_AT_END = 25;
const PAGE = 100;

interface Summary {
  readonly id: string;
  readonly identities: readonly { readonly name: string; readonly target: string }[];
}

interface Memory {
  readonly cases: Case[];
  readonly random: Random;
  readonly wrongs: string[];
  lostAnswers: number;
  repeats: number;
}

export function createSenders(random: Random): Senders {
  const memory: Memory = { cases: [], random, wrongs: [], lostAnswers: 0, repeats: 0 };
  return {
    cases: memory.cases,
    sendUntil: (desk, done) => sendUntil(memory, desk, done),
    repeatSome: (desk) => repeatSome(memory, desk),
    checkpoint: readCheckpoint,
    viewsOf: async (desk) => {
      await findIncidents(memory, desk);
      const views = new Map<string, IncidentView>();
      for (const { incident } of memory.cases) {
        if (incident !== null) views.set(incident, await readIncident(desk, incident));
      }
      return views;
    },
    settleAgain: (views) => {
      for (const one of memory.cases) {
        one.settled = isSettled(one, views.get(one.incident ?? '') ?? null);
      }
    },
    wrong: (what) => {
      memory.wrongs.push(what);
    },
    wrongs: () => memory.wrongs,
    lostAnswers: () => memory.lostAnswers,
    repeats: () => memory.repeats,
  };
}

async function sendUntil(memory: Memory, desk: Desk, done: () => boolean): Promise<void> {
  while (!done()) {
    const open = memory.cases.filter((one) => !one.settled);
    // What nobody has acknowledged yet goes out first, all at once.
    await Promise.all(
      open
        .filter((one) => one.kind !== 'order' && !isAcknowledged(one, 'signal'))
        .map((one) => carryOut(memory, desk, one, 'signal', null)),
    );
    try {
      await findIncidents(memory, desk);
    } catch {
      // The server died while somebody was reading: nothing was promised.
    }
    // All come to an end before the next look, whatever becomes of one: nobody asks twice at the same time.
    await Promise.allSettled(open.map((one) => advance(memory, desk, one)));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function advance(memory: Memory, desk: Desk, one: Case): Promise<void> {
  const view = one.incident === null ? null : await readIncident(desk, one.incident);
  one.settled = isSettled(one, view);
  const next = nextAct(one, view);
  if (next !== null) await carryOut(memory, desk, one, next, view);
}

async function carryOut(
  memory: Memory,
  desk: Desk,
  one: Case,
  name: ActName,
  view: IncidentView | null,
): Promise<void> {
  const made = await act(desk, one, name, view);
  if (made.state === 'lost') memory.lostAnswers += 1;
  if (made.state === 'refused' && (made.refusals === REFUSALS_MAX || isFault(made.answer))) {
    memory.wrongs.push(`${one.name}: ${name} is refused: ${JSON.stringify(made.answer)}`);
  }
  const isSignal = name === 'signal' || name === 'clear';
  if (isSignal && made.state === 'acknowledged' && memory.random() < REPEATED_AT_ONCE) {
    await repeat(memory, desk, one, name);
  }
}

/** 503 says that nothing was acknowledged; any other 5xx is a fault of ours. */
function isFault(answer: Readonly<Record<string, unknown>>): boolean {
  const { httpStatus } = answer;
  return typeof httpStatus === 'number' && httpStatus >= 500 && httpStatus !== 503;
}

async function repeat(memory: Memory, desk: Desk, one: Case, name: ActName): Promise<void> {
  const first = one.acts.get(name);
  const again = await act(desk, one, name, null);
  if (again.state === 'lost') return;
  memory.repeats += 1;
  const { signalId, repeated } = again.answer;
  if (again.state === 'acknowledged' && repeated === true && signalId === first?.answer['signalId'])
    return;
  memory.wrongs.push(`${one.name}: a repeat was answered with ${JSON.stringify(again.answer)}`);
}

async function repeatSome(memory: Memory, desk: Desk): Promise<void> {
  const signalled = memory.cases.filter((one) => isAcknowledged(one, 'signal'));
  for (let number = 0; number < REPEATED_AT_END; number += 1) {
    const one = signalled[randomInteger(memory.random, signalled.length)];
    if (one !== undefined) await repeat(memory, desk, one, 'signal');
  }
}

/** The incidents of cases that have none yet, newest first, no further than needed. */
async function findIncidents(memory: Memory, desk: Desk): Promise<void> {
  const missing = new Map(
    memory.cases.filter((one) => one.incident === null).map((one) => [one.name, one]),
  );
  const token = desk.installation.administrator;
  for (let before = ''; missing.size > 0;) {
    const path = `/v1/incidents?limit=${PAGE}${before === '' ? '' : `&before=${before}`}`;
    const answer = await ask(desk.url, { method: 'GET', path, token });
    if (answer.type === 'lost') return;
    // The answer of GET /v1/incidents.
    const { incidents = [] } = answer.body as unknown as { incidents?: readonly Summary[] };
    for (const { id, identities } of incidents) {
      for (const { name, target } of identities) {
        const one = missing.get(`${target}/${name}`);
        if (one !== undefined) one.incident = id;
        missing.delete(`${target}/${name}`);
      }
    }
    const last = incidents.at(-1);
    if (last === undefined || incidents.length < PAGE) return;
    before = last.id;
  }
}

async function readCheckpoint(desk: Desk): Promise<SeenCheckpoint | null> {
  const token = desk.installation.administrator;
  const answer = await ask(desk.url, { method: 'GET', path: '/v1/ledger/checkpoint', token });
  if (answer.type === 'lost' || answer.status !== 200) return null;
  const { body } = answer;
  return { size: Number(body['size']), root: textOf(body, 'root'), note: textOf(body, 'note') };
}
