/** A limit on everything. Names carry the unit; each line says why. */
export const LIMITS = {
  /** A request body; larger documents are streamed by import. */
  requestBytesMax: 1_048_576,
  /** A signal is a statement, not an archive. */
  signalBytesMax: 65_536,
  /** References in one signal: an alert names a handful. */
  signalRefsMax: 50,
  /** One page of a list. */
  pageRowsMax: 500,
  pageRowsDefault: 100,
  /** One ledger entry: evidence is referred to by hash, not carried. */
  ledgerEntryBytesMax: 262_144,
  /** Entries sealed in one transaction: keeps a sealing commit below 50 ms. */
  sealBatchMax: 1_000,
  sealIntervalMs: 500,
  /** From the first unsealed entry to its sealing: gathers a batch, stays far below the promised second. */
  sealDelayMs: 100,
  /** A sealer that went silent is replaced after this; the tree is guarded by its fence, not by this time. */
  sealLeaseMs: 3_000,
  /** Tries of one forced sealing when several nodes seal at once; each lost one means that another went through. */
  sealAttemptsMax: 100,
  /** A signed note is three lines and a few signatures. */
  noteBytesMax: 65_536,
  noteSignaturesMax: 16,
  /** Findings of one verification that are listed; the rest are counted. */
  ledgerFindingsMax: 1_000,
  /** Entries between two checkpoints of an export that are held in memory to be compared. */
  ledgerSegmentEntriesMax: 4_096,
  /** Two leaves are exchanged on trial to find out which entries were swapped: at most so many candidates, all pairs. */
  ledgerSwapCandidatesMax: 256,
  /** Sealed entries kept in memory for those who follow the ledger live. */
  ledgerTailEntriesMax: 1_000,
  /** One incident's entries in one answer; far above the largest exercise. */
  incidentEntriesMax: 200_000,
  /** Commands of one incident that are decided and written together: some 5 ms of the writer, for which others wait. */
  incidentCommandsMax: 32,
  /** Entries after which no further command joins such a commit. */
  incidentEntriesAtOnce: 64,
  /** Command lists that share one commit: larger groups raise p99 without raising throughput. */
  groupListsMax: 256,
  /** Waiting command lists before callers are refused: about 2 s of work. */
  groupQueueMax: 50_000,
  /** An interactive transaction that has not ended by then is taken back: it holds up every other write. */
  transactionMsMax: 30_000,
  /** One statement in the database, and the whole round trip of a group with it. */
  statementMsMax: 30_000,
  storeConnectMsMax: 5_000,
  /** Automatic retries of an interactive transaction on serialisation failure. */
  transactionAttemptsMax: 10,
  /** Tries of one step before it is shown as blocked. */
  stepAttemptsMax: 8,
  /** Of a call to a target: one that is away for a minute or two must not need a person to go on. */
  cutAttemptsMax: 12,
  /** A step that was held at so many stops of a node is tried again once a node has lived so long: others go first. */
  stepStopsFree: 8,
  stepProbationMs: 10_000,
  /** Held at so many stops, it is suspected of causing them. */
  stepStopsMax: 16,
  stepBackoffMsMin: 200,
  stepBackoffMsMax: 30_000,
  /** What a target may ask for with retry-after; longer would hide a step for hours. */
  stepRetryAfterMsMax: 300_000,
  /** Steps up to this priority (cut, proof, restore) keep places of their own. */
  stepUrgentPriorityMax: 2,
  /** Steps claimed by one statement per priority: small batches share due work between nodes. */
  stepsClaimBatchMax: 25,
  /** Outcomes of one lane that may wait for their commit before its next effect waits too. */
  stepsUnrecordedMax: 16,
  /** One list of steps: an incident has hundreds, a page shows fewer. */
  stepsListedMax: 5_000,
  /** Steps that go on beside signals nobody has looked at: few enough that a first deny does not wait for them. */
  stepsBesideSignals: 4,
  /** Steps one node runs at the same time. */
  stepsRunningMax: 256,
  /** Steps one node holds in memory; the rest stay in the store until there is room. */
  stepsHeldMax: 5_000,
  /** Concurrent calls to one target unless its connector says otherwise. */
  targetCallsMax: 16,
  /** A call to a target that has not answered by then is treated as unknown. */
  targetCallTimeoutMs: 10_000,
  /** Reading all a target knows: long for a person who waits, short for a connection that hangs. */
  syncTimeoutMs: 120_000,
  nodeLeaseMs: 6_000,
  /** A stopping node writes the outcomes of aborted calls for at least this long. */
  stopRecordMs: 2_000,
  /** Past signals that one replay reads: months of a large organisation. */
  replaySignalsMax: 50_000,
  /** Entries of one replayed incident: beyond, something goes in a circle and is not followed further. */
  replayEntriesMax: 10_000,
  /** Evidence holds a cut for minutes at most, whatever a charter says: meanwhile the attacker works. */
  evidenceFuseMsMax: 300_000,
  /** Tasks that people write down in one incident: a list that is read at night. */
  incidentTasksMax: 500,
  /** What one look lists: a person has to judge it. What is beyond is named as not looked through. */
  reviewItemsMax: 300,
  /** Identities asked about at their targets in one look: each is a call. */
  reviewCallsMax: 25,
  /** Identities gone through for grants like the abused one. */
  reviewScanMax: 20_000,
  /** What stays after containment, in one list: more is one thing. */
  longTailMax: 50,
  /** How long somebody holds it who says nothing else, and at most: then it is asked again. */
  longTailMsDefault: 30 * 86_400_000,
  longTailMsMax: 366 * 86_400_000,
  /** Incidents whose folded state a node keeps in memory. */
  incidentsCachedMax: 2_000,
  /** Descendants that inherit a cut without being asked for. */
  descendantsMax: 20,
  descendantDepthMax: 3,
  /** Listeners of one server-sent event stream and its unsent bytes before it is cut off. */
  eventListenersMax: 1_000,
  eventBufferBytesMax: 1_048_576,
  /** Silence on a stream after which proxies close it; a comment is sent before. */
  eventHeartbeatMs: 15_000,
  /** A reader that takes nothing for so long is let go; it resumes where it stopped. */
  eventStallMsMax: 30_000,
  /** Nesting of a request: people and programs write far less, recursion stays shallow. */
  requestDepthMax: 64,
  /** Members named in one answer about a request that does not fit. */
  problemMembersMax: 10,
  /** Failed authentications in a minute, per address and token, and per address, before it is told to wait. */
  authenticationFailuresMax: 20,
  authenticationFailuresOfAddressMax: 600,
  authenticationWindowMs: 60_000,
  /** Addresses whose failures are counted, and tokens remembered as valid. */
  authenticationMemoryMax: 10_000,
  /** How long a revoked token may still work on another node when the hint about it was lost. */
  tokenMemoryMs: 5_000,
  tokenLifeMsDefault: 90 * 86_400_000,
  tokenLifeMsMax: 366 * 86_400_000,
  /** A shift and its hand-off; then one signs in again, whatever one does. */
  sessionLifeMs: 12 * 3_600_000,
  /** A browser that nobody uses; an incident that is being worked on asks the server all the time. */
  sessionIdleMs: 2 * 3_600_000,
  /** How often it is written down that a session is in use. */
  sessionTouchMs: 60_000,
  /** Sessions of one person; with one more the oldest ends. */
  sessionsOfPersonMax: 20,
  /** How long a passkey that was just used counts for dangerous acts. */
  sessionFreshMs: 300_000,
  /** After a recovery code: time to add a passkey. */
  recoveryFreshMs: 900_000,
  signInCodeLifeMs: 3_600_000,
  /** Between the question to a passkey, or to a provider, and its answer. */
  ceremonyLifeMs: 300_000,
  /** Passkeys of one person: devices and spares. */
  passkeysOfPersonMax: 20,
  recoveryCodesCount: 10,
  /** An invitation travels by mail or chat; the first one stands on the screen of a server that just started. */
  invitationLifeMs: 3 * 86_400_000,
  firstInvitationLifeMs: 3_600_000,
  /** Refused sign-ins in a minute: of one person, across addresses. It holds up recovery codes, never passkeys. */
  signInFailuresOfPersonMax: 10,
  /** Of those, written to the ledger; the rest are counted: strangers must not fill it. */
  signInRefusalsRecordedMax: 20,
  /** What a passkey or a provider sends is far smaller. */
  signInBytesMax: 65_536,
  /** An identity provider that does not answer by then is not waited for. */
  oidcTimeoutMs: 5_000,
  oidcAnswerBytesMax: 262_144,
  /** What a provider says about itself is asked again after this; its keys too, and an unknown key at most so often. */
  oidcMetadataAgeMs: 3_600_000,
  oidcKeysAgeMs: 600_000,
  oidcKeysCooldownMs: 5_000,
  /** Clocks of others, and the age of a token that was made for this sign-in. */
  oidcClockToleranceMs: 60_000,
  /** Requests that were begun may end for so long when the server stops. */
  stopGraceMs: 10_000,
  /** Rows that the embedded store reads in the thread that answers: a millisecond. More is left to a thread of its own. */
  storePointRowsMax: 100,
  /** Parameters of such a reading, in characters: some tens of keys. */
  storePointParameterLengthMax: 2_048,
  /** One line of an inventory: a record, not a document. */
  inventoryLineBytesMax: 262_144,
  /** Lines that speak of things and are placed together: an index of a million names is written through once for each. */
  importBatchRows: 40_000,
  /** Rows of one commit of an import: some 20 ms of the writer, for which others wait. */
  importCommitRows: 8_000,
  /** Lines of an import between two turns of the event loop: some 5 ms. */
  importBreathRows: 250,
  /** A document from this length is read in a thread of its own; below, the thread would start longer than it reads. */
  importThreadBytesMin: 1_048_576,
  /** Names that an import remembers; the store knows the rest. Some 400 MB at most. */
  importNamesMax: 3_000_000,
  /** Edges held as numbers before they are sorted and written: 200 MB when it is full. Each such run goes through the table once. */
  importEdgesHeldMax: 8_000_000,
  /** Edges of one source that wait for a node nobody has named yet. */
  importPendingMax: 100_000,
  /** A node that imports and falls silent loses the source after this. */
  importLeaseMs: 15_000,
  /** Nodes whose rows one commit takes back after an import that never ended. */
  importAbandonNodes: 20_000,
  /** The share of a source that a snapshot may lose without being told that this is meant. */
  importShrinkShareMax: 0.3,
  /** Fewer than these may always be gone: small sources come and go. */
  importShrinkSmall: 10,
  /** Nodes that one change names; above, the dependency map reads everything again. */
  inventoryChangeNodesMax: 100_000,
  /** Changes that are remembered by revision. */
  inventoryChangesMax: 1_000,
  /** Identities whose facets are worked out between two turns of the event loop: some milliseconds. */
  inventoryIndexRows: 100,
  /** Identities for which the map is asked one by one when facets are written; for more it is asked about all at once. */
  inventoryIndexReachMax: 5_000,
  /** Critical services in reach of an identity that are told apart: further ones add nothing to its risk. */
  criticalServicesCounted: 3,
  /** Nodes of a map of which everything is surveyed before a list answers: some 20 ms; beyond, in the background. */
  surveyAtOnceNodes: 50_000,
  /** A survey in the background rests for so many times as long as it took. */
  surveyRestFactor: 10,
  /** A document of Backstage or a mapping: text that is parsed whole. */
  catalogDocumentBytesMax: 1_048_576,
  /** YAML aliases in one document: a few hundred are honest, a bomb has thousands. */
  yamlAliasesMax: 100,
  /** Brackets open at the same time: parsing recurses. */
  yamlDepthMax: 500,
  /** Columns of a spreadsheet. */
  csvColumnsMax: 500,
  /** Lines of one row: a cell may hold an address, a quote that never ends holds the file. */
  csvRowLinesMax: 200,
  /** A claim of ownership older than this is doubted. */
  ownerClaimStaleMs: 365 * 86_400_000,
  /** Lines that wait for a node named further down in the same import. */
  importDeferredMax: 200_000,
  /** Rejected lines that a report names; all are counted. */
  importRejectedNamedMax: 1_000,
  /** Names in one record: references, owners, tags, scopes. */
  recordListMax: 200,
  recordTextMax: 2_000,
  /** One reference as text: an index entry of PostgreSQL holds 2,700 bytes. */
  refBytesMax: 1_000,
  /** Hops of a blast radius: the whole map unless somebody asks for less; real paths are shorter. */
  reachDepthMax: 250,
  /** A search looks at the clock between its levels; a full one on a million nodes takes a tenth of this. */
  reachMsMax: 2_000,
  /** Nodes that an answer lists with their paths; all are counted. */
  reachListedMax: 1_000,
  /** Consumers on one cut card before it says that there are more. */
  collateralConsumersMax: 10_000,
  /** Consumers that the card of a lookup counts, and on large maps how far it searches: somebody waits for it. */
  cardConsumersMax: 200,
  cardReachMsMax: 1,
  cardReachDepthMax: 4,
  /** Findings of shared use that an answer lists; all are counted. */
  sharedUsesListedMax: 1_000,
  /** Identities whose access one rotation plan renews. */
  rotationIdentitiesMax: 2_000,
  /** Nodes between the attacker and what is protected up to which the cheapest cut is exact. */
  cheapestCutNodesMax: 100_000,
  cheapestCutMsMax: 5_000,
  /** Consumers that are counted to weigh one candidate of a cut. */
  cutWeightNodesMax: 1_000,
  /** Rows of the inventory up to which a server has its map before it answers: some tenths of a second. */
  mapLoadedFirstMax: 20_000,
  mapLoadRetryMs: 1_000,
  /** Changes that lie over the map's arrays before they are folded in: beyond, a full search slows by more than a third. */
  mapChangesPendingMax: 20_000,
  /** A charter is written by people. */
  charterBytesMax: 1_048_576,
  /** Brackets open at the same time in a charter or roster: people write three. */
  charterDepthMax: 32,
  /** How long a node may still go by the last charter when the hint about a new one was lost. */
  charterPollMs: 30_000,
  /** Rights, mandates, protections; names that one section declares; entries of one list. Organisations have a tenth of them. */
  charterRulesMax: 1_000,
  charterNamesMax: 1_000,
  charterListMax: 200,
  /** Problems of one file that are shown: who has more has one that causes the others. */
  charterProblemsMax: 200,
  /** Rungs of a ladder, shifts of a roster, legs of a day. */
  ladderRungsMax: 20,
  /** People passed over on one rung that are kept on record: enough to see why, whatever the size of the roster. */
  rungSkippedMax: 12,
  /** A roster of 100,000 people is 8 MB. */
  rosterBytesMax: 16_777_216,
  rosterPeopleMax: 100_000,
  rosterTeamsMax: 10_000,
  rosterShiftsMax: 1_000,
  rosterOverridesMax: 10_000,
  rosterSourcesMax: 200,
  /** A shift that recurs: whoever is asked about an instant looks back so far. */
  shiftMsMax: 400 * 86_400_000,
  recurrenceIntervalMax: 1_000,
  /** Repetitions that a rule counts one by one. */
  recurrenceCountMax: 10_000,
  /** The calendar of an on-call product: a year of hourly shifts is 3 MB. */
  calendarBytesMax: 5_242_880,
  calendarFetchMsMax: 20_000,
  /** How often it is looked which calendars are due, and how soon one that failed is asked again. */
  calendarTurnMs: 60_000,
  calendarRedirectsMax: 3,
  /** A step of an address as long as this, with digits in it, is taken for a secret. */
  secretPathLengthMin: 16,
  calendarEventsMax: 20_000,
  calendarAttendeesMax: 100,
  /** Dates that one event adds or leaves out. */
  calendarDatesMax: 5_000,
  /** Events of nobody known that are told one by one. */
  calendarLeftMax: 20,
  /** W1 when a mandate does not say: time to answer whether stopping it is worth the outage. */
  windowW1MsDefault: 120_000,
  /** Signals between their commit and their first step; what falls out is read from the store. */
  recentSignalsMax: 1_000,
  /** No automation acts on less confidence than this, however little a cut costs. */
  thresholdFloorPercent: 1,
  /** Enough confidence for any reversible stage, however much it costs: a threshold above it would never be met. */
  thresholdCeilingPercent: 95,
  /** What has to be cut by hand is overdue after this, where the charter names no time. */
  manualCutMsDefault: 900_000,
  /** Temporary cuts: shorter ones would end before they are proven, longer ones are not temporary. */
  temporaryCutMsMin: 60_000,
  temporaryCutMsMax: 2_592_000_000,
  /** A no that the charter gives no time holds this long, for exactly what was asked. */
  rejectHoldsMsDefault: 900_000,
  /** Who agreed has to agree again when the others take longer than this. */
  approvalHoldsMs: 3_600_000,
  /** However many questions come at once, one person is asked so many cards. */
  cardsMax: 12,
  cardMembersMax: 5_000,
  /** Identities of one batch: its list is one ledger entry. */
  batchIdentitiesMax: 2_000,
  /** How long a batch waits to know what its identities reach; without, it is ranked by severity alone. */
  batchRankMsMax: 1_000,
  /** Identities of a batch in one commit: some milliseconds of the writer, for which others wait. */
  batchSliceIdentities: 10,
  /** More of the same may come within this moment. */
  cardCollectMs: 2_000,
  /**
   * People and channels that signals of identity providers mark. One in the wrong hands could mark everybody, until nobody
   * is left to take it back; what goes beyond is asked of two people.
   */
  suspectsBySignalMax: 3,
  /** Codes that one person is given at a time. */
  glassCodesDefault: 5,
  glassCodesMax: 20,
  /** A page that got no answer from its channel by then counts as not delivered. */
  pageTimeoutMs: 10_000,
  pageAttemptsMax: 3,
  /** How far a sender's clock may run ahead. */
  signalAheadMsMax: 300_000,
  /** A signature is valid this long before and after its own time. */
  signatureAgeMsMax: 300_000,
  /** A gate that could not refresh its view for so long calls it stale. */
  gateStaleMs: 15_000,
  gateRefreshMs: 5_000,
  /** Consumers that one wave of a rotation moves: what goes wrong then goes wrong for so many. */
  rotationWaveMax: 32,
  /** Times that one credential is minted again because its secret was lost on the way. */
  rotationMintsMax: 5,
  /** Tries of one call to a target or store before a person is asked. */
  rotationAttemptsMax: 6,
  /** Between looks whether a replacement is in use that a revocation waits for: often enough for whoever watches. */
  replacementLookMs: 15_000,
  /** Names under which one restricted subject is known. */
  restrictionAliasesMax: 1_000,
  /** Time that one proof of coverage may look at: two years, and a leap day. */
  proofMsMax: 731 * 86_400_000,
  /** Proofs that wait for their turn on one server, and finished ones that are kept. */
  proofsWaitingMax: 8,
  proofsKept: 16,
  /** Identities named for each group of readiness; all of them are counted. */
  readinessListedMax: 100,
  /** Sets of claims whose owners are remembered while readiness is worked out. */
  readinessOwnersKept: 100_000,
  /** One walk over the inventory answers for so long, unless something changed. */
  readinessKeptMs: 60_000,
  /** A rehearsal older than this shows little; mandates may ask for fresher ones. */
  rehearsalFreshMs: 30 * 86_400_000,
  /** Between the arrival of a page and its acknowledgement: to wake, to read, to tap. */
  acknowledgeMarginMs: 30_000,
} as const;
