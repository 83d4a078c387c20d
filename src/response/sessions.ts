import { type CallContext, ConnectorFailure } from '../connectors/contract.ts';
import type { Id } from '../kernel/index.ts';
import type { Signal } from '../signals/index.ts';
import type { Considered } from './incident/model.ts';
import { originOf } from './incident/sessions.ts';
import type { ResponseParts } from './parts.ts';
import { type Compromise, COMPROMISE_ROWS } from './plan/compromise.ts';
import { offersHold } from './plan/plan.ts';
import { type SharedPlan, sharedPlan } from './plan/shared.ts';

/** The target's own names of the sessions that a signal speaks of. */
export function sessionsNamed({ refs }: Signal, target: string): readonly string[] {
  return refs.flatMap(({ system, type, value }) =>
    system === target && type === 'session' ? [value] : [],
  );
}

/** What is narrower than the identity as a whole, and who else would stop with it. */
export async function readNarrower(
  parts: ResponseParts,
  signal: Signal,
  known: KnownNarrow,
  compromise: Compromise,
): Promise<Pick<Considered, 'compromise' | 'sessions' | 'knownSessions' | 'shared'>> {
  const shared = readShared(parts, known);
  const sessions = await readSessions(parts, signal, known, compromise);
  return { ...sessions, ...(shared === null ? {} : { shared }) };
}

interface KnownNarrow extends Pick<
  Considered,
  'identityRef' | 'capabilities' | 'knownCredentials'
> {
  readonly identity: { readonly id: Id<'identity'>; readonly target: string };
}

/** The map is asked only where a cut would take more than one credential. */
function readShared(parts: ResponseParts, known: KnownNarrow): SharedPlan | null {
  const { dependencies, connectors } = parts;
  const { identity, capabilities } = known;
  const isolation = capabilities.guarantees.findLast(
    ({ guarantee: g }) => g === 'G3' || g === 'G4',
  );
  if (isolation === undefined) return null;
  const { grain } = isolation;
  const isAsked = grain === 'identity' && dependencies.isLoaded();
  return sharedPlan({
    target: identity.target,
    grain,
    credentials: known.knownCredentials.length,
    overlap: connectors.get(identity.target)?.rotation?.overlap ?? null,
    consumers: isAsked ? dependencies.collateral(identity.id).known : [],
  });
}

/** Only where a session is what is cut: for these few signals the target is asked before anything is decided. */
async function readSessions(
  parts: ResponseParts,
  signal: Signal,
  known: KnownNarrow,
  compromise: Compromise,
): Promise<Pick<Considered, 'compromise' | 'sessions' | 'knownSessions'>> {
  const named = sessionsNamed(signal, known.identity.target);
  const connector = parts.connectors.get(known.identity.target);
  const isLayer = COMPROMISE_ROWS[compromise].layer === 'session';
  if (named.length === 0 || connector === undefined || !isLayer) return { compromise };
  const { callTimeoutMs: timeoutMs } = connector.describe();
  if (!offersHold(connector.describe(), 'session')) return { compromise };
  const call: CallContext = { idempotencyKey: `sessions:${signal.id}`, timeoutMs };
  try {
    const seen = await connector.discover({ identity: known.identityRef }, call);
    const sessions = named.map((ref) => {
      const found = seen.sessions.find(({ session }) => session === ref);
      const origin = found === undefined ? {} : originOf(found);
      return { ref, credential: found?.credential ?? null, origin };
    });
    return { compromise, sessions, knownSessions: seen.sessions.map(({ session }) => session) };
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    // It is cut all the same; whether it comes back cannot be told from other new ones.
    return { compromise, sessions: named.map((ref) => ({ ref, credential: null, origin: {} })) };
  }
}
