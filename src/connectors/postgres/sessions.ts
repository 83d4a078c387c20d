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
import type { PostgresProfile } from './access.ts';
import { signalGrant } from './changing.ts';
import { guard } from './cutting.ts';
import { failureOf, isDenied } from './failures.ts';
import { instant } from './looking.ts';
import { roleOf } from './roles.ts';
import type { Session } from './session.ts';

// One session of a role, ended alone. A process id is used again: only with its start is it a name.

const WAIT_MS = 25;
const ROUNDS_MAX = 80;

interface Named {
  readonly pid: number;
  readonly since: string;
}

function named({ session = '' }: CutSubject): Named {
  const [, pid, since = ''] = /^(\d{1,10})@(\S+)$/u.exec(session) ?? [];
  if (pid === undefined) {
    throw new ConnectorFailure('refused', 'a session is named PID@START, as discovery names it');
  }
  return { pid: Number(pid), since };
}

const ITS_OWN = `
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where a.pid = $1::int and r.rolname = $2 and ${instant('a.backend_start')} = $3 and a.pid <> pg_backend_pid()`;

async function isOpen(session: Session, subject: CutSubject): Promise<boolean> {
  const { pid, since } = named(subject);
  const rows = await session.run(`select a.pid ${ITS_OWN}`, [pid, subject.identity, since]);
  return rows.length > 0;
}

export async function prepareSession(
  session: Session,
  profile: PostgresProfile,
  { subject }: CutOrder,
): Promise<Prepared> {
  guard(await roleOf(session, profile, subject.identity), 'G2', profile);
  const open = await isOpen(session, subject);
  // Nothing is taken from the role: it opens another session when it needs one.
  const ended = subject.session ?? '';
  return { preImage: { open, alreadyApplied: !open }, inverse: { ended } };
}

export async function endSession(
  session: Session,
  profile: PostgresProfile,
  { subject }: CutOrder,
): Promise<Applied> {
  guard(await roleOf(session, profile, subject.identity), 'G2', profile);
  if (!(await isOpen(session, subject))) return { state: 'already', raw: { open: false } };
  const { pid, since } = named(subject);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (round % 4 === 0) {
      try {
        const values = [pid, subject.identity, since];
        await session.run(`select pg_terminate_backend(a.pid) ${ITS_OWN}`, values);
      } catch (error) {
        throw failureOf(error, isDenied(error) ? signalGrant(profile) : undefined);
      }
    }
    if (!(await isOpen(session, subject))) return { state: 'done', raw: { open: false } };
    await session.run('select pg_sleep($1)', [WAIT_MS / 1000]);
  }
  const notDone = [`session ${subject.session ?? ''}`];
  return { state: 'partial', raw: { open: true }, done: [], notDone, unknown: [] };
}

export async function sessionReadBack(session: Session, { subject }: CutOrder): Promise<ReadBack> {
  const open = await isOpen(session, subject);
  return { state: open ? 'absent' : 'applied', raw: { open } };
}

/** Who serves the sessions says which of them it serves; beside it the control really logs in. */
export async function probeSession(
  use: <Result>(
    context: CallContext,
    work: (session: Session) => Promise<Result>,
  ) => Promise<Result>,
  request: ProbeRequest,
  control: Promise<Probed['control']>,
  context: CallContext,
): Promise<Probed> {
  const { vantage, method, subject } = request;
  const [open, works] = await Promise.all([
    use(context, (session) => isOpen(session, subject)).catch(silent),
    control,
  ]);
  const base = { control: works, vantage, method };
  if (open === null) return { ...base, observed: 'no-answer', error: null, expected: false };
  return open
    ? { ...base, observed: 'allowed', error: null, expected: false }
    : { ...base, observed: 'denied', error: 'no such session', expected: true };
}

function silent(error: unknown): null {
  const failure = failureOf(error);
  if (failure.kind === 'refused') throw failure;
  return null;
}
