import type { Connector } from '../connectors/contract.ts';
import { connectWorld } from '../connectors/world/index.ts';
import { assertNever, messageOf, sleep, type Clock, type Log } from '../kernel/index.ts';
import type { ConnectorSetting } from './settings.ts';

export interface OpenConnectors {
  /** By target; one that did not answer yet is missing, and appears when it does. */
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Targets that were not reached yet. */
  readonly missing: () => readonly string[];
  readonly stop: () => void;
}

const RETRY_MS = 5_000;

function connect(setting: ConnectorSetting): Promise<Connector> {
  switch (setting.kind) {
    case 'world':
      return connectWorld(setting);
    default:
      return assertNever(setting.kind);
  }
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
      connectors.set(target, await connect(setting));
      return true;
    } catch (error) {
      log.warn({ target, problem: messageOf(error) }, 'a target does not answer; trying again');
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
    stop: () => {
      stopped.abort();
    },
  };
}
