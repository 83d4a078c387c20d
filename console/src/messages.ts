// table: what the console says that does not come from the server, in one place

export const SAY = {
  product: 'Firebreak',
  skip: 'Skip to the content',
  loading: 'Loading',
  nobody: 'nobody',
  live: 'live',
  connecting: 'connecting',
  lost: 'not live, trying again',
  lostWhy: 'What you see is as of the last update. Decisions can still be sent.',
  notFound: 'There is nothing at this address',
  notFoundRemedy: 'Check the link, or go to Now.',
  failed: 'This cannot be shown',
  failedRemedy: 'It is tried again by itself. Nothing that was acknowledged is lost.',
  unreachable: 'the server does not answer',
  unreachableRemedy:
    'Check the network. Firebreak goes on by itself; `npx firebreak incident list` asks another way.',
  sure: 'What is shown was true at',
  noIncidents: 'No open incidents.',
  noIncidentsNext: 'A signal opens one. To see one now:',
  noIncidentsCommand: 'npm run demo',
  noDecisions: 'Nothing waits for you.',
  yourDecision: 'Your decision',
  lookAndDecide: 'Look and decide',
  automation: 'Automation',
  contained: 'contained',
  closed: 'closed',
  restoring: 'giving access back',
  noTimeline: 'Nothing matches. Clear the filter to see everything.',
  noCuts: 'Nothing is cut yet.',
  noCutsNext: 'A mandate or a decision plans the first cut.',
  reasonNeeded: 'A reason goes to the ledger as it is. Write one.',
  sending: 'Sending',
  changed:
    'What was asked has changed since this page was loaded. Read it again before you answer.',
  printed: 'Open the link that the server printed when it started. It works once.',
  askingPasskey: 'Asking your passkey',
  noPasskeyYet: 'Nobody has a passkey yet.',
  noPasskeys: 'Passkeys do not work at this address.',
  providerFailed: 'The identity provider did not let you in. Use a passkey, or try again.',
  noInvitation: 'There is no invitation in this address.',
  noInvitationNext:
    'Open the whole link that you were given, or ask an administrator for another one.',
} as const;

/** What a provider's way back says in the address. */
export const PROBLEMS_OF_PROVIDERS: Readonly<Record<string, string>> = {
  'oidc-refused': 'The identity provider refused. Try again, or use a passkey.',
  'oidc-person-unknown':
    'The identity provider knows you, the roster does not. Ask an administrator.',
  'oidc-provider-suspect':
    'This identity provider is suspect: nobody signs in by it. Use a passkey.',
  'oidc-unavailable': 'The identity provider does not answer. Use a passkey.',
};

/** What a cut's state means to somebody who sees it for the first time. */
export const STATUS_MEANS: Readonly<Record<string, string>> = {
  planned: 'planned, nothing is touched yet',
  authorised: 'allowed, about to begin',
  'holding-evidence': 'evidence is captured first',
  recorded: 'the way back is on record',
  applying: 'being applied',
  applied: 'applied, not proven yet',
  proving: 'tried from outside until it is denied',
  proven: 'denied from outside, with a working control',
  irrevocable: 'for good, proven',
  residual: 'some access lasts until the time shown',
  unproven: 'applied, and still let in',
  drifted: 'somebody has undone it',
  failed: 'it could not be done',
  blocked: 'it waits for somebody',
  partial: 'only a part could be done',
  dropped: 'not needed any more',
  reverting: 'being given back',
  restored: 'given back and proven',
  'revert-conflict': 'the target has changed since: it waits for a person',
  'restore-failed': 'it could not be given back',
};

export interface Screen {
  readonly name: string;
  readonly path:
    | '/'
    | '/incidents'
    | '/inventory'
    | '/authority'
    | '/gate'
    | '/exercises'
    | '/ledger'
    | '/settings';
  /** After `g`. */
  readonly key: string;
}

export const SCREENS: readonly Screen[] = [
  { name: 'Now', path: '/', key: 'n' },
  { name: 'Incidents', path: '/incidents', key: 'i' },
  { name: 'Inventory', path: '/inventory', key: 'v' },
  { name: 'Authority', path: '/authority', key: 'a' },
  { name: 'Gate', path: '/gate', key: 'g' },
  { name: 'Exercises', path: '/exercises', key: 'e' },
  { name: 'Ledger', path: '/ledger', key: 'l' },
  { name: 'Settings', path: '/settings', key: 's' },
];

/** Screens that come with later work: what they will show, and what does it today. */
export const COMING: Readonly<
  Record<
    string,
    { readonly title: string; readonly comes: string; readonly today: readonly string[] }
  >
> = {
  inventory: {
    title: 'Inventory',
    comes:
      'Every identity with its owners, credentials, consumers, reach and history, fast at a million.',
    today: ['npx firebreak identity list', 'npx firebreak identity show REF'],
  },
  authority: {
    title: 'Authority',
    comes:
      'Who decides what now, the week as a heat map, gaps in words, mandates and their rehearsals.',
    today: [
      'npx firebreak charter who FILE',
      'npx firebreak charter prove FILE',
      'npx firebreak readiness',
    ],
  },
  gate: {
    title: 'Gate',
    comes: 'What the gate restricts now, for whom, why and until when.',
    today: ['npx firebreak identity show REF'],
  },
  exercises: {
    title: 'Exercises',
    comes: 'Drills and rehearsals through the real engine, with their scores.',
    today: ['npm run demo'],
  },
  ledger: {
    title: 'Ledger',
    comes:
      'Search, an entry with its proof, and verification in the browser against the public key.',
    today: ['npx firebreak ledger export FILE', 'npx firebreak ledger verify FILE'],
  },
};
