/** A tiny key service: it stands in for the system that your connector is for. Nothing here is part of a connector. */

export interface Account {
  readonly name: string;
  readonly administrator: boolean;
  /** `read`, `write`, `mint`. */
  readonly actions: readonly string[];
}

export interface Key {
  readonly id: string;
  readonly account: string;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly createdBy: string | null;
}

export interface Session {
  readonly id: string;
  readonly key: string;
  readonly account: string;
  readonly since: string;
}

/** The service answers with no: `right` names what the caller lacks. */
export class ServiceRefusal extends Error {
  readonly status: number;
  readonly right: string | null;

  constructor(status: number, message: string, right: string | null = null) {
    super(message);
    this.name = 'ServiceRefusal';
    this.status = status;
    this.right = right;
  }
}

/** The connection broke: nobody knows whether the call was carried out. */
export class ServiceSilence extends Error {}

/** What a vendor calls its management API. */
export interface KeyServiceApi {
  readonly accounts: () => Promise<readonly Account[]>;
  readonly keys: () => Promise<readonly Key[]>;
  readonly sessions: () => Promise<readonly Session[]>;
  readonly activity: (account: string) => Promise<readonly string[]>;
  readonly setActions: (account: string, actions: readonly string[]) => Promise<void>;
  readonly setEnabled: (key: string, enabled: boolean) => Promise<void>;
  readonly deleteKey: (key: string) => Promise<void>;
  readonly endSessions: (key: string) => Promise<void>;
  /** The data plane: what everybody with a secret may do. `dryRun` carries nothing out. */
  readonly use: (secret: string, action: string, dryRun: boolean) => Promise<void>;
}

export interface KeyService {
  readonly api: KeyServiceApi;
  readonly addAccount: (name: string, administrator?: boolean) => void;
  readonly addKey: (account: string) => { readonly id: string; readonly secret: string };
  readonly login: (secret: string) => string;
  readonly rights: Set<string>;
  readonly faults: { loseNextReply: boolean; outage: boolean };
  /** How often each change took effect. */
  readonly changes: Map<string, number>;
  readonly secrets: () => readonly string[];
}

export const RIGHTS = ['read', 'accounts:write', 'keys:write', 'sessions:write'] as const;
const AT = '2026-12-01T03:00:00.000Z';

interface State {
  readonly accounts: Map<string, Account>;
  readonly keys: Map<string, Key>;
  /** Secret or session token, and the key that it stands for. */
  readonly secrets: Map<string, string>;
  readonly sessions: Map<string, Session>;
  readonly log: { readonly account: string; readonly text: string }[];
}

/** Who may come in with this secret; a session dies with its entry, not with its key: that is what has to be ended. */
function holderOf(state: State, secret: string): Account {
  const session = state.sessions.get(secret);
  const key = state.keys.get(state.secrets.get(secret) ?? '');
  if (session === undefined && key?.enabled !== true) {
    throw new ServiceRefusal(401, 'key-disabled');
  }
  const account = state.accounts.get(session?.account ?? key?.account ?? '');
  if (account === undefined) throw new ServiceRefusal(401, 'account-unknown');
  return account;
}

function apiOf(state: State, service: Omit<KeyService, 'api'>): KeyServiceApi {
  const { rights, faults, changes } = service;
  const need = (right: string): void => {
    if (!rights.has(right)) throw new ServiceRefusal(403, `not permitted: ${right}`, right);
  };
  const read = async <Value>(value: () => Value): Promise<Value> => {
    need('read');
    return value();
  };
  const change = async (right: string, act: string, effect: () => void): Promise<void> => {
    need(right);
    effect();
    changes.set(act, (changes.get(act) ?? 0) + 1);
    if (!faults.loseNextReply) return;
    faults.loseNextReply = false;
    throw new ServiceSilence('the connection broke');
  };
  return {
    accounts: () => read(() => [...state.accounts.values()]),
    keys: () => read(() => [...state.keys.values()]),
    sessions: () => read(() => [...state.sessions.values()]),
    activity: (account) =>
      read(() => state.log.filter((line) => line.account === account).map(({ text }) => text)),
    setActions: (name, actions) =>
      change('accounts:write', `actions ${name}`, () => {
        const account = state.accounts.get(name);
        if (account !== undefined) state.accounts.set(name, { ...account, actions });
      }),
    setEnabled: (id, enabled) =>
      change('keys:write', `enabled ${id}`, () => {
        const key = state.keys.get(id);
        if (key !== undefined) state.keys.set(id, { ...key, enabled });
      }),
    deleteKey: (id) =>
      change('keys:write', `delete ${id}`, () => {
        state.keys.delete(id);
      }),
    endSessions: (key) =>
      change('sessions:write', `sessions ${key}`, () => {
        for (const [token, session] of state.sessions) {
          if (session.key === key) state.sessions.delete(token);
        }
      }),
    use: async (secret, action, dryRun) => {
      if (faults.outage) throw new ServiceSilence('no route');
      const account = holderOf(state, secret);
      if (!account.actions.includes(action)) throw new ServiceRefusal(403, 'action-denied');
      if (!dryRun) state.log.push({ account: account.name, text: action });
    },
  };
}

export function createKeyService(): KeyService {
  const state: State = {
    accounts: new Map(),
    keys: new Map(),
    secrets: new Map(),
    sessions: new Map(),
    log: [],
  };
  let made = 0;
  const service: Omit<KeyService, 'api'> = {
    addAccount: (name, administrator = false) => {
      state.accounts.set(name, { name, administrator, actions: ['mint', 'read', 'write'] });
    },
    addKey: (account) => {
      made += 1;
      const [id, secret] = [`key-${made}`, `fake-secret-of-key-${made}`];
      state.keys.set(id, { id, account, enabled: true, createdAt: AT, createdBy: null });
      state.secrets.set(secret, id);
      return { id, secret };
    },
    login: (secret) => {
      const { name } = holderOf(state, secret);
      made += 1;
      const token = `fake-token-${made}`;
      const key = state.secrets.get(secret) ?? '';
      state.sessions.set(token, { id: `session-${made}`, key, account: name, since: AT });
      return token;
    },
    rights: new Set(RIGHTS),
    faults: { loseNextReply: false, outage: false },
    changes: new Map(),
    secrets: () => [...state.secrets.keys(), ...state.sessions.keys()],
  };
  return { ...service, api: apiOf(state, service) };
}
