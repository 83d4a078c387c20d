import type { Connector } from '../connectors/contract.ts';
import { connectPostgres } from '../connectors/postgres/index.ts';
import { connectRedis } from '../connectors/redis/index.ts';
import { connectWorld } from '../connectors/world/index.ts';
import {
  assertNever,
  FirebreakError,
  isFirebreakError,
  messageOf,
  sleep,
  type Clock,
  type Log,
} from '../kernel/index.ts';
import type { ConnectorSetting } from './connector-settings.ts';

export interface OpenConnectors {
  /** By target; one that did not answer yet is missing, and appears when it does. */
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Targets that were not reached yet. */
  readonly missing: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const RETRY_MS = 5_000;

const CHECK_TIMEOUT_MS = 10_000;

export function connect(setting: ConnectorSetting, clock: Clock): Promise<Connector> {
  switch (setting.kind) {
    case 'world':
      return connectWorld(setting);
    case 'postgres':
      return connectPostgres(setting);
    case 'redis':
      return connectRedis(setting, clock);
    default:
      return assertNever(setting);
  }
}

/** INVARIANT: Firebreak holds no more power over a target than it needs, unless somebody has written down that it may. */
async function comparePrivileges(
  setting: ConnectorSetting,
  connector: Connector,
  log: Log,
): Promise<void> {
  const { target, allowExcessPrivilege } = setting;
  if (connector.checkPrivileges === undefined) return;
  const context = { idempotencyKey: 'check', timeoutMs: CHECK_TIMEOUT_MS };
  const { missing, excess } = await connector.checkPrivileges(context);
  if (missing.length > 0) {
    // It starts all the same: what it may do now is better than nothing, and a cut that lacks a right names it.
    const remedies = missing.map(({ remedy }) => remedy);
    log.warn({ target, remedies }, 'a connector lacks rights; cuts that need them will be blocked');
  }
  if (allowExcessPrivilege || excess.length === 0) return;
  const rights = excess.map(({ right }) => right).join(', ');
  throw new FirebreakError('connector-privilege-excess', { target, rights });
}

/** A target that is down when the server starts must not keep it from protecting the others. */
export async function openConnectors(
  settings: readonly ConnectorSetting[],
  clock: Clock,
  log: Log,
): Promise<OpenConnectors> {
  const connectors = new Map<string, Connector>();
  const stopped = new AbortController();
  const tryOnce = async (setting: ConnectorSetting): Promise<boolean> => {
    const { target } = setting;
    try {
      const connector = await connect(setting, clock);
      try {
        await comparePrivileges(setting, connector, log);
      } catch (error) {
        await connector.close?.();
        throw error;
      }
      connectors.set(target, connector);
      return true;
    } catch (error) {
      const problem = messageOf(error);
      if (isFirebreakError(error)) {
        log.error({ target, problem, remedy: error.remedy }, 'a connector was refused');
      } else log.warn({ target, problem }, 'a target does not answer; trying again');
      return false;
    }
  };
  const keepTrying = async (setting: ConnectorSetting): Promise<void> => {
    do await sleep(clock, RETRY_MS, stopped.signal);
    while (!stopped.signal.aborted && !(await tryOnce(setting)));
  };
  await Promise.all(
    settings.map(async (setting) => {
      // tryOnce keeps its failures for itself, so this promise never rejects.
      if (!(await tryOnce(setting))) void keepTrying(setting);
    }),
  );
  return {
    connectors,
    missing: () => settings.map(({ target }) => target).filter((target) => !connectors.has(target)),
    stop: async () => {
      stopped.abort();
      for (const connector of connectors.values()) await connector.close?.();
    },
  };
}
