import type { Capabilities, PrivilegeCheck } from '../connectors/contract.ts';
import { FirebreakError, messageOf, realClock } from '../kernel/index.ts';
import { connect } from './connectors.ts';
import { resolveSettings, type ServerOptions } from './settings.ts';

export interface ConnectorReport {
  readonly target: string;
  readonly system: string;
  readonly actsAs: string;
  readonly leastPrivilege: readonly string[];
  readonly missing: PrivilegeCheck['missing'];
  readonly excess: PrivilegeCheck['excess'];
  readonly allowExcessPrivilege: boolean;
  readonly guarantees: Capabilities['guarantees'];
  /** Nothing is missing, and nothing is too much or it was allowed. */
  readonly ok: boolean;
}

const CHECK_TIMEOUT_MS = 10_000;

/** Reaches one target of the configuration and compares what its account may do with what it needs. */
export async function checkConnector(
  target: string,
  options: ServerOptions,
): Promise<ConnectorReport> {
  const setting = resolveSettings(options).connectors.find((one) => one.target === target);
  if (setting === undefined) throw new FirebreakError('target-unknown', { target });
  try {
    const connector = await connect(setting, realClock);
    try {
      const { system, actsAs, leastPrivilege, guarantees } = connector.describe();
      const context = { idempotencyKey: 'check', timeoutMs: CHECK_TIMEOUT_MS };
      const found = await connector.checkPrivileges?.(context);
      const { missing = [], excess = [] } = found ?? {};
      const { allowExcessPrivilege } = setting;
      const ok = missing.length === 0 && (allowExcessPrivilege || excess.length === 0);
      const said = { missing, excess, allowExcessPrivilege, guarantees, ok };
      return { target, system, actsAs, leastPrivilege, ...said };
    } finally {
      await connector.close?.();
    }
  } catch (error) {
    throw new FirebreakError('target-failed', { target, problem: messageOf(error), attempts: 1 });
  }
}
