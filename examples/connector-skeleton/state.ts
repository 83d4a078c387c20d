import type { Guarantee } from '../../src/kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type CutOrder,
  type CutSubject,
} from '../../src/connectors/contract.ts';
import { call } from './calls.ts';
import type { Account, Key, KeyServiceApi, Session } from './service.ts';

/** The guarantees that this system can keep. */
export type Offered = 'G2' | 'G4' | 'G5';

export const ACTS_AS = 'firebreak';

/** Everything about one subject that a cut looks at. */
export interface SubjectState {
  readonly account: Account;
  /** Null when it is deleted, or when the whole account is meant. */
  readonly key: Key | null;
  readonly sessions: readonly Session[];
}

function refuse(problem: string): never {
  throw new ConnectorFailure('refused', problem);
}

export function offered(guarantee: Guarantee): Offered {
  if (guarantee === 'G2' || guarantee === 'G4' || guarantee === 'G5') return guarantee;
  return refuse(`the key service has nothing that gives ${guarantee}`);
}

/** Refusals that hold for every order, before anything is read or changed. */
export function checkOrder(order: Pick<CutOrder, 'subject' | 'grain' | 'guarantee'>): Offered {
  const guarantee = offered(order.guarantee);
  const { identity, credential } = order.subject;
  if (identity === ACTS_AS) refuse('Firebreak acts as this account; it is cut by hand');
  const wanted = guarantee === 'G2' ? 'identity' : 'credential';
  if (order.grain !== wanted) refuse(`${guarantee} takes hold of one ${wanted}`);
  if (wanted === 'credential' && credential === undefined) refuse('the order names no key');
  return guarantee;
}

export async function stateOf(
  api: KeyServiceApi,
  { identity, credential }: CutSubject,
  context: CallContext,
): Promise<SubjectState> {
  const [accounts, keys, sessions] = await call('reads', context, () =>
    Promise.all([api.accounts(), api.keys(), api.sessions()]),
  );
  const account = accounts.find(({ name }) => name === identity);
  if (account === undefined) return refuse('the key service does not know the subject');
  const key = keys.find(({ id, account: owner }) => id === credential && owner === identity);
  return {
    account,
    key: key ?? null,
    sessions: sessions.filter((each) =>
      credential === undefined ? each.account === identity : each.key === credential,
    ),
  };
}

/** No new use: the part of a cut that comes before sessions are ended. */
export function isBlocked(guarantee: Offered, { account, key }: SubjectState): boolean {
  switch (guarantee) {
    case 'G2':
      return !account.actions.includes('mint');
    case 'G4':
      return key?.enabled !== true;
    case 'G5':
      return key === null;
  }
}

/** Reduced access bites in open sessions at once; a disabled key leaves them alone, so they have to be ended. */
export function sessionsLeft(guarantee: Offered, { sessions }: SubjectState): readonly Session[] {
  return guarantee === 'G2' ? [] : sessions;
}
