import type { JsonObject } from '../../../src/kernel/index.ts';
import { Secret } from '../../../src/kernel/index.ts';
import { signSignal, SIGNATURE_HEADER, SOURCE_HEADER } from '../../../src/signals/index.ts';
import { type Answer, ask, askSurely } from './http.ts';
import type { Installation, SourceName } from './server.ts';
import type { Subject, World } from './world.ts';

/**
 * leak: an attacker uses and mints; ends revoked. alarm: false, given back by a person. question: too weak for the
 * mandate, a person approves. order: a person asks for it.
 */
export const CASE_KINDS = ['leak', 'alarm', 'leak', 'question', 'alarm', 'leak', 'order'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

export const ACTS = ['signal', 'order', 'approve', 'clear', 'restore'] as const;
export type ActName = (typeof ACTS)[number];

export interface Act {
  readonly name: ActName;
  readonly state: 'lost' | 'acknowledged' | 'refused';
  readonly refusals: number;
  /** The text that a repeat sends again, byte by byte. */
  readonly text: string;
  readonly answer: JsonObject;
}

/** One identity and all that happens to it. Mutable: it is the memory of the senders, who survive every kill. */
export interface Case {
  readonly name: string;
  readonly kind: CaseKind;
  readonly subject: Subject;
  /** Else a cut is for the whole identity, which nothing but a person revokes. */
  readonly tellsCredentialsApart: boolean;
  readonly attacker: string | null;
  /** Since when it may be compromised: what it minted since then is suspect. */
  readonly suspectAtMs: number;
  readonly acts: Map<ActName, Act>;
  incident: string | null;
  settled: boolean;
}

export interface CutView extends JsonObject {
  readonly id: string;
  readonly status: string;
  readonly guarantee: string;
}

export interface DecisionView extends JsonObject {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly digest: string;
  readonly action: JsonObject;
}

export interface IncidentView extends JsonObject {
  readonly id: string;
  readonly status: string;
  readonly standing: JsonObject & { readonly sentence: string; readonly contained: boolean };
  readonly cuts: readonly CutView[];
  readonly decisions: readonly DecisionView[];
  readonly windows: readonly JsonObject[];
}

/** Where the senders send, and as whom. */
export interface Desk {
  readonly url: string;
  readonly installation: Installation;
}

export async function readIncident({ url, installation }: Desk, id: string): Promise<IncidentView> {
  const token = installation.administrator;
  // The answer of GET /v1/incidents/{id}, see src/api/contract/response.ts.
  return (await askSurely(url, {
    method: 'GET',
    path: `/v1/incidents/${id}`,
    token,
  })) as unknown as IncidentView;
}

function statement(one: Case, type: string, confidence: string, key: string): string {
  const { target, credential, secret } = one.subject;
  const refs = [{ system: target, type: 'credential', value: credential }];
  const subject = one.kind === 'leak' ? { refs, secret } : { refs };
  return JSON.stringify({
    type,
    subject,
    occurredAt: new Date(one.suspectAtMs).toISOString(),
    confidence,
    key: `${key}-${one.name}`,
  });
}

function sign(desk: Desk, source: SourceName, text: string): Promise<Answer> {
  const secret = new Secret(desk.installation.sourceSecret);
  const headers = {
    [SOURCE_HEADER]: source,
    [SIGNATURE_HEADER]: signSignal(secret, Date.now(), text),
  };
  return ask(desk.url, { method: 'POST', path: '/v1/signals', text, headers });
}

function post(desk: Desk, path: string, text: string, restorer = false): Promise<Answer> {
  const token = restorer ? desk.installation.restorer : desk.installation.administrator;
  return ask(desk.url, { method: 'POST', path, text, token });
}

interface Sending {
  readonly text: string;
  readonly send: (text: string) => Promise<Answer>;
}

function sendingOf(desk: Desk, one: Case, name: ActName, view: IncidentView | null): Sending {
  const { target, identity, credential } = one.subject;
  switch (name) {
    case 'signal': {
      const [type, source, confidence] =
        one.kind === 'leak'
          ? (['credential-exposed', 'scanner', 'strong'] as const)
          : ([
              'anomalous-behaviour',
              'detector',
              one.kind === 'alarm' ? 'strong' : 'weak',
            ] as const);
      const text = statement(one, type, confidence, 'raise');
      return { text, send: (same) => sign(desk, source, same) };
    }
    case 'clear': {
      const text = statement(one, 'all-clear', 'strong', 'clear');
      return { text, send: (same) => sign(desk, 'owner', same) };
    }
    case 'order': {
      const ref = `${target}:credential:${credential}`;
      const text = JSON.stringify({ ref, stage: 'suspend', reason: 'it looks wrong' });
      return { text, send: (same) => post(desk, '/v1/containments', same) };
    }
    case 'approve': {
      const open = view?.decisions.find((each) => each.state === 'open');
      const path = `/v1/decisions/${open?.id ?? ''}`;
      const text = JSON.stringify({
        outcome: 'approve',
        reason: 'better safe',
        digest: open?.digest ?? '',
      });
      return { text, send: (same) => post(desk, path, same) };
    }
    case 'restore': {
      const ref = encodeURIComponent(`${target}:identity:${identity}`);
      const text = JSON.stringify({ cause: 'false-alarm', reason: 'a test by its owner' });
      return { text, send: (same) => post(desk, `/v1/containments/${ref}/restore`, same, true) };
    }
  }
}

/** Signals are repeated byte by byte under the same key; what a person does is done anew if it did not happen. */
export async function act(
  desk: Desk,
  one: Case,
  name: ActName,
  view: IncidentView | null,
): Promise<Act> {
  const before = one.acts.get(name);
  const sending = sendingOf(desk, one, name, view);
  const isSignal = name === 'signal' || name === 'clear';
  const text = isSignal ? (before?.text ?? sending.text) : sending.text;
  const answer = await sending.send(text);
  const refusals = before?.refusals ?? 0;
  if (answer.type === 'lost') return note(one, { name, state: 'lost', refusals, text, answer: {} });
  const { status, body } = answer;
  const told = { ...body, httpStatus: status };
  if (status >= 200 && status < 300) {
    return note(one, { name, state: 'acknowledged', refusals, text, answer: told });
  }
  return note(one, { name, state: 'refused', refusals: refusals + 1, text, answer: told });
}

function note(one: Case, made: Act): Act {
  const before = one.acts.get(made.name);
  // Once acknowledged, always acknowledged: what a repeat meets is judged by the caller.
  if (before?.state !== 'acknowledged') one.acts.set(made.name, made);
  return made;
}

export function isAcknowledged(one: Case, name: ActName): boolean {
  return one.acts.get(name)?.state === 'acknowledged';
}

const GUARANTEE_HELD: ReadonlySet<string> = new Set(['proven', 'residual', 'irrevocable']);

/** What is to be done next for a case whose incident stands as `view` says; null when nothing is due now. */
export function nextAct(one: Case, view: IncidentView | null): ActName | null {
  const first: ActName = one.kind === 'order' ? 'order' : 'signal';
  if (!isAcknowledged(one, first)) {
    // A person who does not know whether it happened looks first.
    return first === 'order' && view !== null && view.cuts.length > 0 ? null : first;
  }
  if (view === null) return null;
  if (one.kind === 'question') {
    const open = view.decisions.some((each) => each.state === 'open' && each.kind === 'contain');
    return open && !isAcknowledged(one, 'approve') ? 'approve' : null;
  }
  if (one.kind !== 'alarm' || view.status !== 'open') return null;
  const suspended = view.cuts.some(
    (cut) => cut.guarantee === 'G4' && GUARANTEE_HELD.has(cut.status),
  );
  if (!suspended) return null;
  if (!isAcknowledged(one, 'clear')) return 'clear';
  return isAcknowledged(one, 'restore') ? null : 'restore';
}

/** Nothing more will happen to it by itself. */
export function isSettled(one: Case, view: IncidentView | null): boolean {
  if (view === null || nextAct(one, view) !== null) return false;
  if (one.kind === 'alarm') return view.status === 'closed';
  if (!view.standing.contained || view.windows.length > 0) return false;
  if (view.decisions.some((each) => each.state === 'open')) return false;
  const revoked = view.cuts.some((cut) => cut.guarantee === 'G5');
  if (one.kind === 'leak' && one.tellsCredentialsApart && !revoked) return false;
  const over = new Set([...GUARANTEE_HELD, 'dropped', 'restored']);
  return view.cuts.every((cut) => over.has(cut.status));
}

/** Uses what leaked all the time and mints once, around the time of the first cut. */
export async function startAttack(
  world: World,
  subject: Subject,
  mintAtMs: number,
): Promise<string> {
  return await world.attack(subject, [
    { atMs: 0, do: 'use', everyMs: 300, untilMs: 4_000 },
    { atMs: mintAtMs, do: 'mint', as: 'self' },
  ]);
}
