import { ConnectorFailure, type CallContext } from '../../src/connectors/contract.ts';
import { ServiceRefusal, ServiceSilence } from './service.ts';

/** Reading has no effect, so a read that failed can simply be repeated; a change may have happened. */
export async function call<Value>(
  effect: 'reads' | 'changes',
  context: CallContext,
  act: () => Promise<Value>,
): Promise<Value> {
  const stopped = AbortSignal.any([
    AbortSignal.timeout(context.timeoutMs),
    ...(context.signal === undefined ? [] : [context.signal]),
  ]);
  // Given up before it was sent: certainly without effect.
  if (stopped.aborted) throw new ConnectorFailure('transient', 'the call was given up');
  const given = Promise.withResolvers<never>();
  stopped.addEventListener('abort', () => {
    given.reject(new ServiceSilence('no answer in time'));
  });
  try {
    return await Promise.race([act(), given.promise]);
  } catch (error) {
    throw failureOf(error, effect);
  }
}

export function failureOf(error: unknown, effect: 'reads' | 'changes'): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  if (!(error instanceof ServiceRefusal)) {
    const problem = error instanceof ServiceSilence ? error.message : 'the call failed';
    return new ConnectorFailure(effect === 'reads' ? 'transient' : 'unknown', problem);
  }
  if (error.status === 429) return new ConnectorFailure('rate-limited', error.message);
  const { right } = error;
  return new ConnectorFailure('refused', error.message, right === null ? {} : { grant: right });
}
