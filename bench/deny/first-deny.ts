import { createHmac } from 'node:crypto';
import { type Caller, requestText } from '../measure/load.ts';

const GIVE_UP_MS = 10_000;
/** Between two questions of one client: asking without pause would measure the asking. */
const PAUSE_MS = 2;

/** What the server of these benches says when it is ready. */
export interface Subject {
  readonly url: string;
  readonly token: string;
  readonly source: { readonly name: string; readonly secret: string };
  readonly target: string;
  readonly credentials: readonly string[];
  /** Of the identity that each of these credentials belongs to. */
  readonly identities: readonly string[];
  /** Of somebody who may decide on containment. */
  readonly decider: string;
  /** Declared by the target. */
  readonly propagationMs: number;
}

function signalOf(subject: Subject, credential: string): string {
  const nowMs = Date.now();
  const body = JSON.stringify({
    type: 'credential-exposed',
    subject: { refs: [{ system: subject.target, type: 'credential', value: credential }] },
    occurredAt: new Date(nowMs).toISOString(),
    confidence: 'strong',
    key: `bench-${credential}`,
  });
  const at = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', subject.source.secret).update(`${at}.${body}`).digest('hex');
  return requestText(`${subject.url}/v1/signals`, body, {
    'content-type': 'application/json',
    'firebreak-source': subject.source.name,
    'firebreak-signature': `t=${at},v1=${mac}`,
  });
}

function questionOf(subject: Subject, credential: string): string {
  const body = JSON.stringify({
    subject: { type: 'identity', id: credential },
    action: { name: 'read' },
    resource: { type: 'pipeline', id: 'release' },
    context: { credential },
  });
  return requestText(`${subject.url}/access/v1/evaluation`, body, {
    'content-type': 'application/json',
    authorization: `Bearer ${subject.token}`,
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

export interface Lag {
  readonly acceptMs: number;
  /** From the answer to the signal to the answer that denies; null when it did not come. */
  readonly denyMs: number | null;
  readonly questions: number;
}

/** Asks the gate again and again, as a client that works does, until it says no. */
export async function denyAfterSignal(
  subject: Subject,
  credential: string,
  caller: Caller,
): Promise<Lag> {
  const question = questionOf(subject, credential);
  const before = await caller.send(question);
  if (before.status !== 200 || !before.body.includes('"decision":true')) {
    throw new Error(`before the signal the gate answers ${before.status} ${before.body}`);
  }
  const sentAt = performance.now();
  const accepted = await caller.send(signalOf(subject, credential));
  const acceptedAt = performance.now();
  if (accepted.status !== 202) throw new Error(`${accepted.status} ${accepted.body}`);
  const acceptMs = acceptedAt - sentAt;
  for (let questions = 1; performance.now() - acceptedAt < GIVE_UP_MS; questions += 1) {
    const answer = await caller.send(question);
    if (answer.body.includes('"decision":false')) {
      return { acceptMs, denyMs: performance.now() - acceptedAt, questions };
    }
    await pause(PAUSE_MS);
  }
  return { acceptMs, denyMs: null, questions: -1 };
}
