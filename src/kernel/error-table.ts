// table: every error there is
interface ErrorRow {
  readonly status: number;
  readonly message: string;
  readonly remedy: string;
}

/** Every error there is. Facts in braces are filled in. docs/operating/errors.md is generated from this table. */
export const ERROR_TABLE = {
  // kernel
  'internal-invariant': {
    status: 500,
    message: 'an invariant of ours does not hold: {invariant}',
    remedy:
      'The step stopped before acting. Keep the log and report this line; other work goes on.',
  },
  'json-not-canonical': {
    status: 400,
    message: 'this value has no canonical JSON form: {problem}',
    remedy: 'Send plain JSON: finite numbers, well-formed strings, objects and arrays.',
  },
  'runtime-wrong': {
    status: 500,
    message: 'Firebreak runs on Node {wanted}, this is Node {found}',
    remedy:
      'Start it with `npm start` or `npx firebreak`, which use the pinned runtime. After `npm ci --omit=optional` run `npm ci` again.',
  },

  // store
  'store-locked': {
    status: 503,
    message: 'the data directory {directory} is in use by another Firebreak process',
    remedy: 'Stop the other process, or give this one its own --data directory.',
  },
  'store-unavailable': {
    status: 503,
    message: 'the store does not answer: {problem}',
    remedy:
      'Nothing was acknowledged. Check that the database is up and reachable, then repeat the request.',
  },
  'store-full': {
    status: 507,
    message: 'the store has no room left: {problem}',
    remedy: 'Nothing was acknowledged. Free or add disk space; the server goes on by itself.',
  },
  'store-busy': {
    status: 503,
    message: 'more than {limit} writes are waiting',
    remedy: 'Nothing was acknowledged. Repeat after the time in retry-after.',
  },
  'store-conflict': {
    status: 409,
    message: 'somebody else changed this first',
    remedy: 'Read the current state and decide again.',
  },
  'store-constraint': {
    status: 409,
    message: 'the store refused a row: {problem}',
    remedy: 'The write was taken back whole. Read the current state and decide again.',
  },
  'store-schema-newer': {
    status: 500,
    message: 'the database has migration {found}, this server knows up to {known}',
    remedy: 'Start the newer server again, or restore a backup from before the upgrade.',
  },
  'store-schema-older': {
    status: 500,
    message: 'the database lacks migration {missing}',
    remedy: 'Run `firebreak migrate` with the same --store, then start the server again.',
  },
  'store-schema-edited': {
    status: 500,
    message: 'migration {id} differs from the one that was applied',
    remedy: 'Migrations are never edited. Install the released version of this server.',
  },
  'store-closed': {
    status: 503,
    message: 'the store is closed',
    remedy: 'The server is shutting down. Repeat the request when it is back.',
  },

  // ledger
  'ledger-entry-too-large': {
    status: 413,
    message: 'a ledger entry of {bytes} bytes is over the limit of {limit}',
    remedy: 'Store the content as evidence and record its hash.',
  },
  'ledger-corrupt': {
    status: 422,
    message: 'the ledger does not verify: {problem}',
    remedy:
      'Keep this file and the server as they are, and compare with an export or checkpoint from elsewhere.',
  },
  'ledger-file-unreadable': {
    status: 400,
    message: 'cannot read {file}: {problem}',
    remedy: 'Give a file written by `firebreak ledger export`.',
  },
  'ledger-key-missing': {
    status: 500,
    message: 'the signing key of the ledger is missing: {problem}',
    remedy:
      'Put back the file ledger-key.json and the key it is encrypted with (see docs/operating/keys.md).',
  },
  'ledger-range': {
    status: 400,
    message: 'there is no proof for entry {index} in a tree of {size}',
    remedy:
      'Ask for an index below the size of the latest checkpoint; new entries are sealed within a second.',
  },

  'ledger-followers-many': {
    status: 503,
    message: 'more than {limit} readers follow the ledger',
    remedy:
      'Close streams that nobody reads, or read another node; the place in the stream is kept by its position.',
  },

  // runner
  'step-fenced': {
    status: 409,
    message: 'step {step} was taken over by another node',
    remedy: 'Nothing to do: the outcome of this node was refused, the other node goes on.',
  },
  'step-unknown-kind': {
    status: 500,
    message: 'no handler for steps of kind {kind}',
    remedy: 'This server is older than the one that planned the step. Upgrade it.',
  },

  // rotation
  'rotation-unknown': {
    status: 404,
    message: 'there is no rotation {rotation}',
    remedy: 'List them with GET /v1/rotations.',
  },
  'rotation-refused': {
    status: 409,
    message: 'the rotation does not do that: {problem}',
    remedy: 'Look at it with `firebreak rotate show ID`, then ask for what its state allows.',
  },

  // inventory and signals
  'identity-unknown': {
    status: 404,
    message: 'no identity matches {ref}',
    remedy: 'Search the inventory, or import its source first (`firebreak import FILE`).',
  },
  'node-unknown': {
    status: 404,
    message: 'nothing in the inventory matches {ref}',
    remedy:
      'Give an id, a reference (system:type:value), or a value that one thing alone has. Identities are found by name with `firebreak identity list --text NAME`.',
  },
  'reference-ambiguous': {
    status: 409,
    message: '{ref} is the name of {count} things: {matches}',
    remedy:
      'Repeat with the id of the one you mean, or with its whole reference (system:type:value).',
  },
  'import-running': {
    status: 409,
    message: 'an import of source {source} is under way on another node',
    remedy: 'Wait until it ends; a node that died loses it after {seconds} seconds. Then repeat.',
  },
  'map-loading': {
    status: 503,
    message: 'the dependency map is still being read after the start of this server',
    remedy:
      'Ask again in some seconds; /readyz and /metrics say when it is there. Cuts go on meanwhile, and treat what they break as unknown.',
  },
  'import-shrinks': {
    status: 409,
    message: 'this snapshot of {source} leaves out {gone} of {of} {what} ({percent} %)',
    remedy:
      'Nothing was changed. Check that the export is whole; when it is meant, repeat with --shrink 1 (`shrink=1`), or import it as an increment.',
  },
  'import-unreadable': {
    status: 400,
    message: 'this cannot be imported as {format}: {problem}',
    remedy: 'See docs/operating/inventory.md for the formats; name another one with --format.',
  },
  'signal-unauthentic': {
    status: 401,
    message: 'the signal is not authentic: {problem}',
    remedy: 'Sign the exact body with the secret of the source, and check the clock of the sender.',
  },
  'signal-key-reused': {
    status: 409,
    message: 'source {source} used key {key} before, for a different statement',
    remedy: 'Use a new key for each statement; repeat a key only with the same body.',
  },
  'signal-source-unknown': {
    status: 401,
    message: 'no signal source named {source}',
    remedy: 'Declare the source under `sources` in firebreak.yaml.',
  },

  // authority
  'coverage-busy': {
    status: 503,
    message: 'more than {limit} proofs of coverage are waiting',
    remedy: 'Ask again in a minute; equal questions share one answer.',
  },
  'charter-invalid': {
    status: 422,
    message: 'the charter has {count} problem(s): {problems}',
    remedy: 'Correct the lines named; `firebreak charter check FILE` shows all of them.',
  },
  'charter-stale': {
    status: 409,
    message:
      'revision {revision} of charter {charter} is not newer than revision {adopted}, which holds',
    remedy:
      'Raise `revision`, and compare with `firebreak charter diff` before you propose it again.',
  },
  'proposal-unknown': {
    status: 404,
    message: 'no charter proposal {proposal}',
    remedy: 'List them with `firebreak charter proposals`.',
  },
  'proposal-closed': {
    status: 409,
    message: 'charter proposal {proposal} is {state}',
    remedy: 'Propose the charter again: what it would change has to be shown anew.',
  },
  'signature-refused': {
    status: 403,
    message: '{person} cannot sign this charter: {problem}',
    remedy: 'The charter that holds asks for {wanted}.',
  },
  'adoption-own-door': {
    status: 422,
    message: 'a charter is not adopted by answering a question: nothing would be adopted',
    remedy:
      'Propose the revision with `firebreak charter adopt`; the people whom the charter names sign it with `firebreak charter sign`.',
  },
  'authority-missing': {
    status: 403,
    message: '{person} does not hold the right to {decision} here',
    remedy: 'A decision was opened for {holder}. See it with `firebreak incident show {incident}`.',
  },
  'authority-separated': {
    status: 403,
    message: '{person} took part in {earlier} of this incident and may not {decision} in it',
    remedy: 'Ask another holder of the right: who contains does not restore.',
  },
  'authority-not-yet': {
    status: 403,
    message: 'it is not yet for {person} to {decision}: {holder} has it until {until}',
    remedy: 'Ask {holder} to hand it over, or answer once it is yours.',
  },
  'authority-moved': {
    status: 409,
    message: 'it is no longer for {person} to {decision}: it has moved on to {holder}',
    remedy: 'Tell {holder} what you know; they decide.',
  },
  'person-suspect': {
    status: 403,
    message: '{person} is marked as a suspect and answers nothing',
    remedy: 'Somebody else answers. See who marked them with `firebreak suspects`.',
  },
  'channel-suspect': {
    status: 403,
    message: '{channel} is marked as suspect: it carries alerts, never answers',
    remedy: 'Answer over another channel.',
  },
  'quorum-not-distinct': {
    status: 409,
    message: '{person} and {other} share their {what}, so they count as one',
    remedy: 'Have somebody agree who shares it with neither.',
  },
  'break-glass-refused': {
    status: 403,
    message: 'break-glass was refused: {problem}',
    remedy:
      'Use unused codes of enough people who sit in a seat of the quorum; see `firebreak break-glass prepare`.',
  },
  'decision-nobody-next': {
    status: 409,
    message: 'nobody comes after {seat} on decision {decision}',
    remedy: 'Answer it, or use break-glass.',
  },
  'decision-unknown': {
    status: 404,
    message: 'no decision {decision}',
    remedy: 'List the open ones with GET /v1/decisions?state=open.',
  },
  'decision-closed': {
    status: 409,
    message: 'decision {decision} is already {state}',
    remedy: 'Read the incident; an opposite answer is a new decision.',
  },
  'decision-digest-changed': {
    status: 409,
    message: 'the action has changed since it was shown',
    remedy: 'Read the decision again and approve what it says now.',
  },

  // response
  'incident-unknown': {
    status: 404,
    message: 'no incident {incident}',
    remedy: 'List incidents with `firebreak incident list`.',
  },
  'containment-unknown': {
    status: 404,
    message: 'no containment {containment}',
    remedy: 'List incidents with `firebreak incident list`; a containment is a cut of an incident.',
  },
  'containment-refused': {
    status: 409,
    message: 'this cannot be cut: {problem}',
    remedy: '{path}',
  },
  'task-unknown': {
    status: 404,
    message: 'no task {task}',
    remedy: 'List the tasks of the incident with `firebreak task list INCIDENT`.',
  },
  'review-item-unknown': {
    status: 404,
    message: 'review {review} of this identity lists no {item}',
    remedy: 'List what it holds with `firebreak review list INCIDENT`.',
  },
  'long-tail-unknown': {
    status: 404,
    message: 'nothing that stays has the key {key}',
    remedy: 'List what stays with `firebreak long-tail list INCIDENT`.',
  },
  'task-holds-containment': {
    status: 409,
    message: 'containment would wait for another track: {problem}',
    remedy: 'Say until when it waits, at most until {until}; or block a task of another track.',
  },
  'restore-refused': {
    status: 409,
    message: 'this cannot be given back: {problem}',
    remedy: '{path}',
  },

  // connectors
  'target-unknown': {
    status: 404,
    message: 'no connector serves target {target}',
    remedy: 'Declare the target under `connectors` in firebreak.yaml.',
  },
  'target-timeout': {
    status: 504,
    message: 'target {target} did not answer within {timeoutMs} ms',
    remedy: 'The call is read back before it is repeated; nothing to do unless it stays blocked.',
  },
  'target-failed': {
    status: 502,
    message: 'target {target} failed: {problem}',
    remedy: 'It is repeated with back-off; after {attempts} tries it is shown as blocked.',
  },
  'target-refused': {
    status: 502,
    message: 'target {target} refused the call: {problem}',
    remedy: 'Give the connector account the right it lacks: {grant}',
  },
  'connector-privilege-excess': {
    status: 500,
    message: 'the account on target {target} may do more than its connector needs: {rights}',
    remedy:
      'Run `firebreak connector check {target}` for the statements that take it away, or set allowExcessPrivilege for this connector.',
  },
  'connector-cannot-sync': {
    status: 409,
    message: 'the connector of target {target} brings no inventory',
    remedy: 'Import it from a file with `firebreak import FILE --source {target}`.',
  },

  // the simulated world
  'world-target-unknown': {
    status: 404,
    message: 'the world has no target {target}',
    remedy: 'Use one of: {known}.',
  },
  'world-subject-unknown': {
    status: 404,
    message: 'the world has no {kind} {name}',
    remedy: 'List what there is with GET /admin/targets, /admin/workloads or /admin/attackers.',
  },
  'world-script-unknown': {
    status: 400,
    message: 'there is no attack script {script}',
    remedy: 'Use one of {known}, or give `steps` of your own.',
  },
  'world-usage-wrong': {
    status: 400,
    message: '{problem}',
    remedy:
      'node src/world/main.ts [--port N] [--seed N] [--clock real|pushed] [--targets a,b] [--identities N] [--admin-token-file FILE] [--workloads] [--die-with-parent]',
  },
  'world-request-invalid': {
    status: 400,
    message: 'the world cannot read this request: {problem}',
    remedy: 'docs/operating/world.md describes every request with an example.',
  },

  // API, command line and configuration
  'request-invalid': {
    status: 400,
    message: 'the request does not fit: {problem}',
    remedy: 'Correct the members named; /openapi.json describes every request.',
  },
  'request-too-large': {
    status: 413,
    message: 'the request is larger than {limit} bytes',
    remedy: 'Send less in one request; inventory is imported as a stream.',
  },
  'route-unknown': {
    status: 404,
    message: 'there is nothing at {method} {path}',
    remedy: 'See /openapi.json for what there is.',
  },
  'method-unsupported': {
    status: 405,
    message: '{path} does not answer {method}',
    remedy: 'Use one of: {allowed}.',
  },
  'id-malformed': {
    status: 400,
    message: '{member} is no id: {value}',
    remedy: 'Ids look like inc_01kabc...; take them from a list, do not build them.',
  },
  'json-malformed': {
    status: 400,
    message: 'the body is not JSON: {problem}',
    remedy: 'Send one JSON value in UTF-8, without comments and without `__proto__`.',
  },
  'request-malformed': {
    status: 400,
    message: 'this is not a request that can be read: {problem}',
    remedy: 'Correct the request line, the headers or the address; nothing was done.',
  },
  'internal-failure': {
    status: 500,
    message: 'something of ours failed; the log names it as {reference}',
    remedy: 'Repeat the request. When it fails again, report the lines of the log with that name.',
  },
  'media-type-unsupported': {
    status: 415,
    message: 'the content type {type} is not understood here',
    remedy: 'Send application/json.',
  },
  unauthenticated: {
    status: 401,
    message: 'no valid token or session: {problem}',
    remedy:
      'Send `authorization: Bearer TOKEN`; an administrator makes tokens with POST /v1/tokens.',
  },
  'authentications-failed': {
    status: 429,
    message: 'too many failed authentications from here',
    remedy: 'Wait as long as retry-after says, and correct the token. Valid tokens in use go on.',
  },
  'origin-foreign': {
    status: 403,
    message: 'a session may change things only from the pages of this server, not from {origin}',
    remedy:
      'Open the page of this server itself, which sends `x-firebreak: console`, or use a bearer token.',
  },
  'sign-in-refused': {
    status: 401,
    message: 'this sign-in does not hold: {problem}',
    remedy:
      'Begin again on the sign-in page of this server, with a passkey that was added to it, or use a recovery code.',
  },
  'ceremony-spent': {
    status: 401,
    message: 'this question to a passkey is used up, too old, or was never asked',
    remedy: 'Begin again: each question is answered once, within five minutes.',
  },
  'invitation-spent': {
    status: 401,
    message: 'this invitation is used up, too old, or was never made',
    remedy:
      'Ask an administrator for a new one. The first one is printed anew when the server starts while nobody has a passkey.',
  },
  'passkeys-unavailable': {
    status: 409,
    message: 'passkeys do not work at {address}: {problem}',
    remedy:
      'Open the server at http://localhost or set server.publicUrl to the https name under which people open it.',
  },
  'passkey-unknown': {
    status: 404,
    message: 'no passkey {passkey} of yours',
    remedy: 'List them with GET /v1/passkeys.',
  },
  'passkey-last': {
    status: 409,
    message: 'this is the last passkey of {person}',
    remedy: 'Add another one first. Without any, only an invitation lets somebody in again.',
  },
  'passkeys-many': {
    status: 409,
    message: '{person} has {limit} passkeys already',
    remedy: 'Remove one that is not used any more.',
  },
  'passkey-known': {
    status: 409,
    message: 'this passkey was added before',
    remedy: 'Use it to sign in, or add one of another device.',
  },
  'passkey-unfit': {
    status: 400,
    message: 'this passkey cannot be added: {problem}',
    remedy:
      'Use a device that verifies you (PIN, finger, face) and signs with ES256, Ed25519 or RS256.',
  },
  'session-unknown': {
    status: 404,
    message: 'no session {session} of yours',
    remedy: 'List them with GET /v1/sessions.',
  },
  'session-needed': {
    status: 403,
    message: 'this is for a person who is signed in, not for a token',
    remedy: 'Sign in with a passkey on the page of this server.',
  },
  'reauthentication-needed': {
    status: 403,
    message: 'this needs a passkey that was used within the last {minutes} minutes',
    remedy: 'Use your passkey again (POST /v1/session/fresh), then repeat the request.',
  },
  'signature-needed': {
    status: 403,
    message: 'this answer needs the signature of a passkey: {problem}',
    remedy: 'Ask for POST .../challenge, sign it with your passkey, and send it as `assertion`.',
  },
  'person-unknown': {
    status: 404,
    message: 'nobody in the roster is called {person}',
    remedy: 'People are those of the roster: add them there first.',
  },
  'administrator-last': {
    status: 409,
    message: '{person} is the last administrator with a passkey',
    remedy: 'Make somebody else an administrator first.',
  },
  'oidc-refused': {
    status: 401,
    message: 'signing in with {provider} failed: {problem}',
    remedy: 'Begin again on the sign-in page, or use a passkey.',
  },
  'oidc-person-unknown': {
    status: 403,
    message: '{provider} says who you are, and nobody of the roster is known by that',
    remedy:
      'Have your verified e-mail address added to your refs in the roster, or your subject to people.oidc in the configuration.',
  },
  'oidc-provider-suspect': {
    status: 403,
    message: '{provider} is marked as suspect: its word signs nobody in',
    remedy: 'Sign in with a passkey. Two people take the mark back when it was wrong.',
  },
  'oidc-unavailable': {
    status: 503,
    message: '{provider} cannot be asked: {problem}',
    remedy: 'Sign in with a passkey; those need nobody else.',
  },
  'oidc-unknown': {
    status: 404,
    message: 'no provider {provider} is configured',
    remedy: 'See people.oidc in firebreak.yaml.',
  },
  'sign-in-code-spent': {
    status: 401,
    message: 'this sign-in link is used up, too old, or was never made',
    remedy: 'Start the server again for a new one; each works once.',
  },
  'token-unknown': {
    status: 404,
    message: 'no token {token}',
    remedy: 'List them with GET /v1/tokens.',
  },
  'token-name-taken': {
    status: 409,
    message: 'a token named {name} is in use',
    remedy: 'Choose another name, or revoke that token first: sources speak through names.',
  },
  forbidden: {
    status: 403,
    message: 'this token or person may not do that: the scope {scope} is missing',
    remedy:
      'Tokens: use one with that scope. People act when the charter gives them a seat or somebody asks them; administrators are named by administrators.',
  },
  'shutting-down': {
    status: 503,
    message: 'the server is shutting down',
    remedy: 'Repeat the request in a few seconds.',
  },
  'configuration-invalid': {
    status: 500,
    message: 'configuration: {problem}',
    remedy: 'Correct it; docs/operating/configuration.md lists every key.',
  },
  'server-key-wrong': {
    status: 500,
    message: 'this key is not the one that the store was made with: {problem}',
    remedy:
      'Every node of one store needs the same key: put back master.key, or give keys.master the old value.',
  },
  'secret-unreadable': {
    status: 500,
    message: 'the secret {reference} cannot be read: {problem}',
    remedy:
      'References are env:NAME or file:PATH; set the variable or make the file readable to the server.',
  },
  'usage-wrong': {
    status: 400,
    message: '{problem}',
    remedy: 'See `firebreak {command} --help`.',
  },
  'file-unreadable': {
    status: 400,
    message: '{file} cannot be read: {problem}',
    remedy: 'Give the path of a file that this user may read.',
  },
  'file-unwritable': {
    status: 400,
    message: '{file} cannot be written: {problem}',
    remedy: 'Give a path that this user may write.',
  },
  'server-unreachable': {
    status: 503,
    message: 'no Firebreak server answers at {url}: {problem}',
    remedy: 'Start one with `npm start`, or give its address with --url.',
  },
  'demo-world-failed': {
    status: 500,
    message: 'the simulated world does not start: {problem}',
    remedy: 'Read the lines above this one; the world writes there why it ended.',
  },
  'port-taken': {
    status: 500,
    message: 'port {port} is in use',
    remedy: 'Stop the other program or choose another port with --port.',
  },
} as const satisfies Record<string, ErrorRow>;
