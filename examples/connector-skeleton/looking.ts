import type {
  CallContext,
  CutSubject,
  Discovery,
  EvidenceItem,
  Probed,
  ProbeRequest,
} from '../../src/connectors/contract.ts';
import { call } from './calls.ts';
import { ServiceRefusal, type KeyServiceApi } from './service.ts';
import { offered, stateOf } from './state.ts';

export async function discover(
  api: KeyServiceApi,
  { identity }: { readonly identity?: string },
  context: CallContext,
): Promise<Discovery> {
  const [accounts, keys, sessions] = await call('reads', context, () =>
    Promise.all([api.accounts(), api.keys(), api.sessions()]),
  );
  const isAsked = (name: string): boolean => identity === undefined || identity === name;
  return {
    identities: accounts
      .filter(({ name }) => isAsked(name))
      .map(({ name, administrator, actions }) => {
        const suspended = !keys.some((key) => key.account === name && key.enabled);
        const described = { identity: name, kind: 'service-account', name, suspended };
        return { ...described, administrator, groups: [], permissions: actions };
      }),
    credentials: keys
      .filter(({ account }) => isAsked(account))
      .map(({ id, account, enabled, createdAt, createdBy }) => ({
        credential: id,
        identity: account,
        kind: 'api-key',
        issuedAt: createdAt,
        // What the system does not know is null, never a guess.
        expiresAt: null,
        lastUsedAt: null,
        enabled,
        mintedBy: createdBy,
        scopes: [],
      })),
    sessions: sessions
      .filter(({ account }) => isAsked(account))
      .map(({ id, account, key, since }) => ({
        session: id,
        identity: account,
        credential: key,
        since,
      })),
  };
}

/** *Not available* is an item too, with the reason. */
export async function captureEvidence(
  api: KeyServiceApi,
  subject: CutSubject,
  context: CallContext,
): Promise<readonly EvidenceItem[]> {
  const { account, key, sessions } = await stateOf(api, subject, context);
  const activity = await call('reads', context, () => api.activity(account.name));
  return [
    { name: 'sessions', content: sessions.map((each) => ({ ...each })) },
    { name: 'permissions', content: { actions: [...account.actions] } },
    { name: 'configuration', content: { key: key === null ? null : { ...key } } },
    { name: 'recent-activity', content: [...activity] },
  ];
}

interface Tried {
  readonly observed: Probed['observed'];
  readonly error: string | null;
}

/** What nobody knows cannot be tried: that is an answer, and no reason not to cut. */
const UNKNOWN: Tried = { observed: 'no-answer', error: 'the secret is not known' };

/** The refusals that each guarantee causes; those of stronger ones are as good. */
const EXPECTED = {
  G2: ['action-denied', 'key-disabled'],
  G4: ['key-disabled'],
  G5: ['key-disabled'],
} as const;

/** Tried from outside, with the dead secret, never by asking the management side what it thinks. */
export async function probe(
  api: KeyServiceApi,
  controlSecret: string,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed> {
  const guarantee = offered(request.guarantee);
  const { method, vantage } = request;
  const secret = method === 'secret' ? request.secret : undefined;
  const action = guarantee === 'G2' ? 'mint' : 'read';
  const [own, control] = await Promise.all([
    secret === undefined ? UNKNOWN : attempt(api, secret, action),
    attempt(api, controlSecret, action),
  ]);
  const open =
    guarantee !== 'G2' && request.sessions !== false && own.observed === 'denied'
      ? (await stateOf(api, request.subject, context)).sessions.length
      : 0;
  // One open door is enough.
  const { observed, error }: Tried = open > 0 ? { observed: 'allowed', error: null } : own;
  const codes: readonly string[] = EXPECTED[guarantee];
  return {
    observed,
    error,
    expected: observed === 'denied' && codes.includes(error ?? ''),
    control: control.observed === 'allowed' ? 'works' : 'fails',
    vantage,
    method,
  };
}

/** Silence is no denial: an outage must not look like success. */
async function attempt(api: KeyServiceApi, secret: string, action: string): Promise<Tried> {
  try {
    await api.use(secret, action, true);
    return { observed: 'allowed', error: null };
  } catch (error) {
    if (!(error instanceof ServiceRefusal)) return { observed: 'no-answer', error: null };
    return { observed: 'denied', error: error.message };
  }
}
