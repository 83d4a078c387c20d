import { digestOf } from '../kernel/index.ts';

/** What a consumer reads its credential from. */
export interface VaultEntry {
  readonly account: string | null;
  readonly secret: string;
  readonly changedAtMs: number;
}

/** The stores of the simulated organisation: whoever writes to one gives its readers another credential. */
export interface Vaults {
  readonly read: (vault: string, key: string) => VaultEntry | null;
  /** What a conditional write compares; the same as long as nobody wrote. */
  readonly version: (vault: string, key: string) => string;
  readonly write: (
    vault: string,
    key: string,
    entry: Pick<VaultEntry, 'account' | 'secret'>,
  ) => void;
  readonly writes: (vault: string, key: string) => number;
}

export function createVaults(nowMs: () => number): Vaults {
  const entries = new Map<string, VaultEntry & { readonly writes: number }>();
  const nameOf = (vault: string, key: string): string => `${vault} ${key}`;
  return {
    read: (vault, key) => entries.get(nameOf(vault, key)) ?? null,
    version: (vault, key) => {
      const entry = entries.get(nameOf(vault, key));
      return entry === undefined ? 'absent' : digestOf({ ...entry });
    },
    write: (vault, key, { account, secret }) => {
      const name = nameOf(vault, key);
      const writes = (entries.get(name)?.writes ?? 0) + 1;
      entries.set(name, { account, secret, changedAtMs: nowMs(), writes });
    },
    writes: (vault, key) => entries.get(nameOf(vault, key))?.writes ?? 0,
  };
}
