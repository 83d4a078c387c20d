import { ConnectorFailure } from '../contract.ts';
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
import { refuseProtected } from './cutting.ts';
import { loadSessions, type Acting, type RedisTarget } from './target.ts';
import { sessionRef } from './users.ts';

// One session of a user, ended alone. Ids begin anew when the server does: only with its address is one a name.

interface Named {
  readonly id: string;
  readonly address: string;
}

function named({ session = '' }: CutSubject): Named {
  const [, id, address] = /^(\d{1,19})@([^\s@]+)$/u.exec(session) ?? [];
  if (id === undefined || address === undefined) {
    throw new ConnectorFailure('refused', 'a session is named ID@ADDRESS, as discovery names it');
  }
  return { id, address };
}

async function isOpen(acting: Acting, subject: CutSubject): Promise<boolean> {
  const ref = sessionRef(named(subject));
  const open = await loadSessions(acting, subject.identity);
  return open.some((each) => sessionRef(each) === ref);
}

export async function prepareSession(
  target: RedisTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<Prepared> {
  refuseProtected(subject.identity, target.profile);
  return await target.use(context, async (acting) => {
    const open = await isOpen(acting, subject);
    // Nothing is taken from the user: it opens another session when it needs one.
    const ended = subject.session ?? '';
    return { preImage: { open, alreadyApplied: !open }, inverse: { ended } };
  });
}

export async function endSession(
  target: RedisTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<Applied> {
  const { identity } = subject;
  refuseProtected(identity, target.profile);
  return await target.use(context, async (acting) => {
    if (!(await isOpen(acting, subject))) return { state: 'already', raw: { open: false } };
    const { id, address } = named(subject);
    // All of it has to be so: the server ends nothing that only has the same id.
    await acting.change([['CLIENT', 'KILL', 'ID', id, 'ADDR', address, 'USER', identity]]);
    if (!(await isOpen(acting, subject))) return { state: 'done', raw: { open: false } };
    const notDone = [`session ${sessionRef({ id, address })}`];
    return { state: 'partial', raw: { open: true }, done: [], notDone, unknown: [] };
  });
}

export async function sessionReadBack(
  target: RedisTarget,
  { subject }: CutOrder,
  context: CallContext,
): Promise<ReadBack> {
  try {
    return await target.use(context, async (acting) => {
      const open = await isOpen(acting, subject);
      return { state: open ? 'absent' : 'applied', raw: { open } };
    });
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.kind === 'refused') throw error;
    return { state: 'unknown', raw: { problem: error.message } };
  }
}

/** Who serves the sessions says which of them it serves; beside it the control really logs in. */
export async function probeSession(
  target: RedisTarget,
  { vantage, method, subject }: ProbeRequest,
  control: Promise<Probed['control']>,
  context: CallContext,
): Promise<Probed> {
  const [open, works] = await Promise.all([
    target.use(context, (acting) => isOpen(acting, subject)).catch(silent),
    control,
  ]);
  const base = { control: works, vantage, method };
  if (open === null) return { ...base, observed: 'no-answer', error: null, expected: false };
  return open
    ? { ...base, observed: 'allowed', error: null, expected: false }
    : { ...base, observed: 'denied', error: 'no such session', expected: true };
}

function silent(error: unknown): null {
  if (error instanceof ConnectorFailure && error.kind !== 'refused') return null;
  throw error;
}
