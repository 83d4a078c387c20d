import { Secret, type JsonObject } from '../../kernel/index.ts';
import type {
  Applied,
  CallContext,
  CutOrder,
  CutSubject,
  Prepared,
  Probed,
  ProbeRequest,
  ReadBack,
} from '../contract.ts';
import { failureOfSilence } from './client.ts';
import { tryAs, tryData, type Tried } from './probing.ts';
import { objectsIn, textIn } from './profile.ts';
import type { WorldTarget } from './target.ts';

// One session, ended alone.

/** The sessions that the control plane shows of its identity: this one, and the others. */
async function look(
  target: WorldTarget,
  { identity, session }: CutSubject,
  context: CallContext,
): Promise<{ readonly open: boolean; readonly others: readonly string[] }> {
  const body = await target.read('state', { identity }, context);
  const names = objectsIn(body, 'sessions').map((each) => textIn(each, 'session'));
  const others = names.filter((name) => name !== session);
  return { open: others.length < names.length, others };
}

export async function prepareSession(
  target: WorldTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  const { open, others } = await look(target, subject, context);
  const preImage: JsonObject = { open, others: others.length, alreadyApplied: !open };
  // Nothing is taken from the identity: it opens another session when it needs one.
  return { preImage, inverse: { ended: subject.session ?? '' } };
}

export async function endSession(
  target: WorldTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<Applied> {
  const { identity, session = '' } = subject;
  if (!(await look(target, subject, context)).open) {
    return { state: 'already', raw: { open: false } };
  }
  const key = `${context.idempotencyKey}:kill-sessions`;
  await target.change('kill-sessions', { identity, session }, key, context);
  const { open } = await look(target, subject, context);
  const notDone = [`session ${session}`];
  return open
    ? { state: 'partial', raw: { open }, done: [], notDone, unknown: [] }
    : { state: 'done', raw: { open } };
}

export async function sessionReadBack(
  target: WorldTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  try {
    const { open } = await look(target, subject, context);
    return { state: open ? 'absent' : 'applied', raw: { open } };
  } catch (error) {
    const failure = failureOfSilence(error, 'reads');
    if (failure.kind !== 'transient') throw failure;
    return { state: 'unknown', raw: { problem: failure.message } };
  }
}

const ENDED = new Set(['session-ended', 'session-expired', 'unknown-credential']);

/** The very session is tried, and another one of the same identity where there is one: that is to go on. */
export async function probeSession(
  target: WorldTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed> {
  const { subject, vantage, method } = request;
  const own =
    request.secret === undefined
      ? tryAs(target, { ...request, subject }, 'read', context).then(({ sessions }) => sessions[0])
      : tryData(target, new Secret(request.secret), 'read', vantage, context);
  const [tried, control] = await Promise.all([own, tryOther(target, request, context)]);
  const { observed, error } = tried ?? { observed: 'no-answer' as const, error: null };
  return {
    observed,
    error,
    expected: observed === 'denied' && error !== null && ENDED.has(error),
    control: control.observed === 'allowed' ? 'works' : 'fails',
    vantage,
    method,
  };
}

async function tryOther(
  target: WorldTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Tried> {
  const { identity } = request.subject;
  const [other] = (await look(target, request.subject, context).catch(() => ({ others: [] })))
    .others;
  if (other !== undefined) {
    const subject = { identity, session: other };
    const { sessions } = await tryAs(target, { ...request, subject }, 'read', context);
    if (sessions[0]?.observed === 'allowed') return sessions[0];
  }
  // There is no other, or a wider cut holds it by now.
  return await tryData(target, target.controlSecret, 'read', request.vantage, context);
}
