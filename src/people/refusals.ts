import { FirebreakError, isFirebreakError, LIMITS, type JsonObject } from '../kernel/index.ts';
import { entryOf, type PeopleParts } from './parts.ts';

/** What was tried in whose name. Never what was shown. */
export interface Refused {
  readonly person: string | null;
  readonly method: string;
  readonly address?: string;
  readonly provider?: string;
  readonly subject?: string;
}

const WINDOW_MS = 60_000;

export interface Refusals {
  /** Runs it, and writes down when it was refused: what somebody tried with another's name is evidence. */
  readonly recording: <Result>(of: Refused, work: () => Promise<Result>) => Promise<Result>;
}

/** So many in a minute go to the ledger, the rest to the log: strangers must not fill what is kept for ever. */
export function createRefusals(parts: PeopleParts): Refusals {
  const { clock, ledger, log } = parts;
  let sinceMs = 0;
  let count = 0;
  const hasRoom = (): boolean => {
    if (sinceMs + WINDOW_MS <= clock.nowMs()) {
      sinceMs = clock.nowMs();
      count = 0;
    }
    count += 1;
    return count <= LIMITS.signInRefusalsRecordedMax;
  };
  const record = async (of: Refused, { code, message }: FirebreakError): Promise<void> => {
    const problem = `${code}: ${message}`.slice(0, 300).toWellFormed();
    const data: JsonObject = { ...of, problem };
    if (hasRoom())
      await ledger.append([entryOf(parts, 'person.sign-in-refused', 'node:edge', data)]);
    else log.warn(data, 'a sign-in was refused; there are too many of them for the ledger');
  };
  return {
    recording: async (of, work) => {
      try {
        return await work();
      } catch (error) {
        if (isFirebreakError(error) && error.status < 500) await record(of, error);
        throw error;
      }
    },
  };
}
