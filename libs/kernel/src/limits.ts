/**
 * Every bound of the product in one place: name with unit, value, reason. A bound that protects a client is compiled
 * into the client and cannot be moved by a server.
 */
export const limits = {
  // Wire objects (bytes). A decoder refuses more before it reads.
  maxHeldMlDsa: 256, // post-quantum signatures of heads that were found to hold: two heads with all witnesses of a policy
  maxProvenSignatures: 1_024, // found to hold and not asked for yet; a few slices of a replay
  maxLinkBytes: 2 * 1024 * 1024, // 1,000 member devices of about 330 bytes each, with room
  maxSealedBytes: 64 * 1024 * 1024, // one key-committing AEAD call, held in memory at once; more goes as file segments
  maxItemBytes: 64 * 1024, // a message; a file manifest is far smaller
  maxBoxBytes: 64 * 1024, // a box with the keys of up to 1,000 earlier epochs
  maxDirectoryEntryBytes: 16 * 1024, // authority record with keys of its oversight body
  maxActBytes: 4 * 1024,
  maxWhyBytes: 16 * 1024 + 32, // a reason with its sealed text, behind its opening
  maxAuditLeafBytes: 4 * 1024, // audit.md 6.2
  maxExportLineBytes: 2 * 1024 * 1024, // a record with its openings, one of which may name 10,000 recipients
  maxExportRecords: 100_000, // under one act of an auditor; more are further acts, each from where the last one ended
  exportPageRecords: 500, // read at once: about 2 MB
  exportSliceRecords: 50, // opened without a pause: about 5 ms of the processor
  maxUnorderedActs: 64, // acts of one device that overtook each other, kept by a verifier; a device has few under way
  maxHeartbeatBytes: 4 * 1024,
  maxComplaintBytes: 4 * 1024,
  maxNameCharacters: 200,
  maxMessageCharacters: 32_000,
  maxJustificationCharacters: 2_000,

  // Cases
  maxCompartmentsPerCase: 64,
  maxDevicesPerCompartment: 5_000, // rotation is linear: about 2 s and 6 MB there (encryption.md 7.4)
  maxMembersPerCase: 1_000,
  maxLinksPerRequest: 65, // root and all compartments
  maxInvitationUses: 100,
  maxInvitationMs: 30 * 24 * 3_600_000,
  maxOpenInvitationsPerCase: 200,
  compartmentFreezeMs: 5_000, // a lead's removal may hold cheap links off this long
  maxDirHeadAgeMs: 20 * 60_000,
  epochRotateAfterMs: 7 * 24 * 3_600_000,
  epochRotateAfterItems: 2 ** 20,
  headConfirmationMs: 24 * 3_600_000,
  heartbeatLookMs: 60_000, // how often a client that watches asks itself whether its heads are due
  compartmentFreezeRestMs: 25_000, // after a freeze, so that asking for one again and again stops nobody
  maxCachedChains: 1_024, // verified chains in memory; the rest is replayed from its links, about 0.1 ms each
  maxRecentContentRoots: 1_024, // per cached log: heads that items under way may still cite
  maxOpenComplaintsPerDevice: 16, // one per epoch that a device cannot open; the rest follows when those are answered
  maxPostsPerBatch: 64, // committed together; beyond it the commit is no longer what a post costs
  maxPostBatchBytes: 1024 * 1024, // one statement of about that size
  maxWaitingPosts: 4_096, // about a second's worth; more is refused at once
  suspectPostsMs: 60_000, // a device that reused an act posts alone for this long
  maxStrangersTold: 100, // members that only rows make; one is alarm enough
  minPolicyMs: 10 * 60_000, // a lead's policy may not demand what no client at rest can meet
  // Tasks
  maxTaskFactsBytes: 1_024, // 32 dependencies and every other field take 661
  maxTaskDependencies: 32, // what one task waits for; more belongs into tasks of its own
  maxOpenTasksPerCompartment: 2_000, // neither verified nor cancelled; the longest action days have some hundred
  maxTasksPerCompartment: 10_000, // with those that are over; a search for circles visits all
  maxOpenTasksPerAuthor: 500, // of a compartment, proposed by one person: a quarter, so that nobody shuts out the rest
  maxTasksPerAuthor: 2_500, // of a compartment, with those that are over: also who proposes and cancels all day ends somewhere
  maxOwnTasksRead: 2_000, // of the own work that a client reads at once: what a post can look through
  maxTaskChanges: 10_000, // of one task: a discussion of this length belongs into a thread
  maxTaskSteps: 100, // lines of a checklist
  maxTaskStepBytes: 1_000,
  maxZoneBytes: 64, // the longest IANA name has 32
  maxTaskOccurrences: 1_000, // of one recurring task that are asked for at once
  maxTaskOccurrenceYears: 50, // how far ahead a rule is followed that may never fall due
  maxTemplateTasks: 200, // of one template

  // Directory
  maxCertificateMs: 400 * 24 * 3_600_000, // thirteen months
  maxPrekeyMs: 14 * 24 * 3_600_000,
  maxDevicesPerPerson: 10,
  maxRegistrars: 16,
  maxRootKeys: 16,
  maxEntriesPerAppend: 100,
  maxFederationBundles: 100, // files that a ceremony left for the server to import at its start
  maxDirectoryEntries: 2 ** 20, // clients replay the whole log; a closed federation is far smaller
  clockLagMs: 60_000, // how far corrections of the machine's clock are followed back
  maxClockSkewMs: 5 * 60_000, // how far a signer's clock may run ahead of the receiver's
  maxPrekeysPerDevice: 4, // the one in use, its successor, and two that late boxes may still name
  prekeyReadsPerMinute: 20_000, // four rotations of the largest compartment
  maxDirectoryBundleBytes: 64 * 1024 * 1024, // a ceremony's files; read at start only
  maxDirectoryBundleEntries: 100_000,
  directoryPollMs: 500, // a wake-up call from another server may get lost; a revocation acts within cutOffMs
  maxDirectoryEntryAgeMs: 30 * 24 * 3_600_000, // from the first signature to the log: signers meet in person

  // What a device keeps for itself (libs/e2ee)
  maxBoxKeys: 1_000, // keys of earlier epochs in one box; further ones go in a further reseal
  maxDisclosedKeys: 960, // what one box of 64 KiB holds; an item and its file count two
  maxRememberedVoids: 256, // items given up since the last accepted one that a late server may still store
  maxVoidedNumbers: 65_535, // the field of an item that names them has 16 bits
  maxStoredPrekeys: 1_000,
  maxKeyStoreContentBytes: 1024 * 1024,
  maxUploadJournalBytes: 4 * 1024 * 1024, // 65,536 leaf hashes of the largest file are 2 MiB
  maxStoredContacts: 100_000,
  maxStoredCompartments: 100_000,
  maxStoredAlarms: 256, // different ones; a person who has not looked at so many has other troubles
  maxStoredEpochKeys: 1_000_000,

  // Login
  challengeMs: 60_000,
  accessTokenMs: 5 * 60_000,
  refreshTokenMs: 12 * 3_600_000,
  maxSessionsPerDevice: 8,
  loginAttemptsPerMinute: 6, // failures of one device from one address that are told apart; more are counted
  loginFailuresPerMinute: 240, // of one address recorded one by one; more are counted
  loginFailuresPerMinuteInAll: 1_200, // 20 records a second at most, whatever a flood brings
  loginChallengesPerMinute: 60, // for one device from one address; they cost nothing, a client needs one
  loginFloodRecordMs: 10_000, // counted failures are recorded this often
  refusalsPerMinute: 240, // without proof, from one address, recorded one by one; more are counted
  refusalsPerMinuteInAll: 1_200, // 20 records a second at most, whatever a flood brings
  refusalSumMs: 10_000, // counted refusals are recorded this often
  maxRefusalCodes: 24, // told apart in one sum; with counts they fit the 2,000 characters of a detail
  maxRateKeys: 20_000, // counters in memory; callers beyond share one counter
  refreshGraceMs: 10_000, // two honest refreshes at once get the same successor
  sessionRecheckMs: 500, // a session ended on another server is noticed within this time, wake-up call or not
  maxCachedSessions: 10_000,

  // Files
  fileSegmentBytes: 256 * 1024,
  maxFileBytes: 16 * 1024 ** 3,
  uploadPartSegments: 32, // 8 MiB of ciphertext per part
  maxOpenUploadsPerPerson: 16,
  maxUploadBytesPerPerson: 64 * 1024 ** 3,
  maxUploadBytesPerCase: 1024 * 1024 ** 3,
  maxUploadBytesPerAuthority: 4096 * 1024 ** 3,
  uploadIdleMs: 24 * 3_600_000, // then an unfinished upload is an orphan
  downloadGrantMs: 60_000,

  // Transport
  maxBodyBytes: 1024 * 1024,
  maxLinkBodyBytes: 8 * 1024 * 1024, // links and boxes of a large compartment; signed members only
  maxFrameBytes: 64 * 1024,
  maxQueryDepth: 8,
  maxQueryCost: 2_000,
  maxQueryAliases: 15,
  maxQueryTokens: 1_000,
  maxQueryDirectives: 50,
  maxPageItems: 500,
  maxPageBytes: 4 * 1024 * 1024,
  defaultPageItems: 100,
  maxListedCases: 20_000, // a client stops asking a server for further pages: two people's working lives
  maxSubscriptionsPerSocket: 64,
  maxSocketsPerServer: 8, // of one client, for parts of files
  maxSocketsPerDevice: 4,
  maxBufferedBytesPerSubscriber: 1024 * 1024,
  deliveryRetryMs: 250, // after a failed read; subscribers wait meanwhile
  maxDeliveryLagEvents: 1_000,
  requestTimeoutMs: 30_000, // also for the body of a request to come in
  requestHeadMs: 5_000, // first line and headers, from the first moment of a connection
  partReceiveMs: 15 * 60_000, // a part of 8 MiB over a line of 10 kB/s
  connectionIdleMs: 60_000, // nothing taken and nothing given; the longest honest wait is for a record
  connectionSweepMs: 1_000, // how often slow heads are looked for
  maxConnections: 10_000, // of one server; beyond it nobody is accepted
  stopGraceMs: 3_000, // for answers under way when the server is told to stop
  cutOffMs: 1_000, // a removal or revocation acts on every channel within this time

  // Audit
  sequencerTickMs: 100,
  sequencerIdleMs: 1_000, // how long records of a server that died may wait for another's sequencer
  sequencerBatchRecords: 1_000,
  randomPoolBytes: 4_096, // some fourteen records; what waits in the pool is worth nothing before it is used
  maxUnsequencedRecords: 4_096,
  gateTimeoutMs: 10_000,
  receiptDeadlineMs: 10_000,
  readPairingMs: 15 * 60_000,
  maxAuditGroupBytes: 512 * 1024, // a what group with the most recipients
  maxAuditRecipients: 10_000, // 48 bytes each; twice the devices of the largest compartment
  maxActSkewMs: 24 * 3_600_000, // a device's clock may be wrong and shows in the record; an act older than a day is refused
  maxAuditOrderBytes: 1_800, // with the ids of order and approvals it still fits the detail of a record
  maxAuditDetailBytes: 2_000, // of a what group
  maxOriginBytes: 200, // of a log
  maxOrderRanges: 128, // fits the text of an order in a log of a million million records
  maxOrderRecords: 10_000, // one order stays one transaction of a few seconds, and one that two persons can look through
  maxOrderAgeMs: 14 * 24 * 3_600_000, // an approval that takes longer is about other facts
  orderTransactionMs: 60_000, // erasing from 10,000 records took seconds on two slow cores
  maxOpenOrders: 100, // of one oversight body, waiting for approval
  maxHoldMs: 366 * 24 * 3_600_000, // who wants to hold for longer says so again every year
  maxHolds: 1_000, // in force, of one oversight body
  minRetentionMonths: 12, // below it the records of a year could not be reviewed as a whole
  defaultRetentionMonths: 36,
  maxRetentionMonths: 120,
  retentionBatchRecords: 1_000,
  retentionStartMs: 5 * 60_000, // after a start, so that a server that is restarted every night does it as well
  retentionJobMs: 24 * 3_600_000,
  gatePollMs: 250, // a wake-up call may get lost; the database decides
  epochMs: 3_600_000, // between the records that commit to the counts of the log
  epochCheckMs: 60_000, // how often a server asks itself whether an epoch is due, and counts on
  minEpochGapMs: 30_000, // between two epochs that auditors cause by asking
  epochStepRecords: 1_000, // counted in one transaction; what a server dies over is counted again
  maxEpochEntries: 2 ** 20, // cases and authorities of one log that an epoch tells apart
  maxKeptSuccessions: 64, // paths to the last heads of logs that ended, up to 1.6 kB each
  maxSuccessionsAtOnce: 4, // such paths that are made at a time: whoever asks needs no right, and can ask with any size
  maxWaitingSuccessions: 1_000, // devices that wake after a turn; each path takes milliseconds
  keptSuccessionMs: 60_000, // witnesses may add to the final checkpoint of a log for as long as they like
  maxAbsentSubjects: 4_096, // asked for without any record, held for an hour at most: 40 unknown cases for a body of 100 authorities
  maxEpochProofs: 100, // shown in one answer: the authorities that one body reviews
  maxCompleteRecords: 200_000, // read for one complete list, 500 to a page; some 200 MB in memory
  maxAnchorAgeMs: 2 * 3_600_000, // of the epoch that a device is shown: an hour between epochs, and room for slow hours and clocks
  anchorCheckMs: 6 * 3_600_000, // between two looks of a device at what the epochs say of a compartment
  maxUnanchoredMs: 24 * 3_600_000, // how long a device that looked before goes on where the log cannot be shown
  epochMapTurn: 256, // subjects hashed between two turns of the event loop: about 30 ms
  maxPositionDepth: 256, // bits of a position in the map of an epoch
  checkpointHistoryMs: 60_000, // between checkpoints that are kept besides the newest
  headMissingMs: 60_000, // a database that goes away between an act and its answer costs a view; a minute without is a choice
  headViewMs: 1_000, // between two reads of the head that answers show: heads are published once a second
  maxPeerHeadsAsked: 8, // heads of other devices that one request asks about: each costs the server a path
  maxPeerHeadsHeard: 1_024, // heads of other devices that wait to be compared; those beyond are heard again at the next start
  maxPeerHeadsKept: 1_024, // heads of other devices that were compared: 72 bytes each, so that no start asks again
  peerHeadCheckMs: 60_000, // between two requests for that alone: any other request takes the question along for nothing
  pushedViewMs: 60_000, // between two views of the log in what one subscription delivers
  headViewPaths: 4_096, // paths between heads that are kept: 6 MB at a log of 2^48
  logCheckFindings: 1_000, // kept of one check; the rest is counted: more would tell nobody anything new
  logCheckRecordsPerTurn: 32, // opened between two turns of the event loop: about two milliseconds
  logCheckExplanations: 100_000, // records of erasures and recoveries that one check holds: about 50 MB
  logCheckTailMs: 3_600_000, // between two checks of the end of the log
  logCheckTailRecords: 65_536, // at least these are checked every hour, and all since the hour before
  logCheckWholeHourUtc: 2, // from this hour on the whole log is checked, once a day: few people work then

  // Findings (docs/spec/findings.md 1): beyond these the entry that was used longest ago is forgotten, and counted
  maxFindingPersons: 100_000, // people who acted; a federation has far fewer
  maxFindingDevices: 200_000, // devices seen so far
  maxFindingPairs: 1_000_000, // person and case, case and authority, reasons: about 200 bytes each
  maxFindingOpenReads: 100_000, // reads that wait for their delivery: fifteen minutes' worth of a hundred a second
  maxFindingWindow: 4_096, // different things told apart in one window; far beyond every threshold
  maxFindingAbove: 1_000, // acts of a device that came before a missing one
  maxFindingRecords: 100, // records that one finding names; the rest is counted
  reviewEveryMs: 181 * 24 * 3_600_000, // Reg. (EU) 2019/818 article 24: at least every six months; the shortest six have 181 days
  maxReportBytes: 512 * 1024, // fits a request in base64 beside its act
  maxReportFindings: 1_000, // listed in one report; their number is stated beyond that
  maxReportPageItems: 10, // reports of half a megabyte in one answer
  maxShownNotes: 100, // shown with one record; older ones come by a list of its notes
  findingsEveryMs: 60_000, // between two looks of the server at what came
  findingSliceRecords: 200, // opened and judged in one turn: some ten milliseconds
  findingBatchRecords: 5_000, // stored together, with all that the rules remember
  maxFindingBytes: 32 * 1024, // a finding with all of them
  maxCalendarBytes: 64 * 1024,
  maxCalendarFileBytes: 4 * 1024 * 1024, // calendars of all authorities
  maxCalendarHolidays: 1_000, // some sixty years' worth

  // Database
  databaseStatementMs: 10_000, // every statement is ours and bounded; a slower one is a fault
  databaseTransactionMs: 30_000, // on the embedded engine nobody else works meanwhile
  databaseLockWaitMs: 5_000,
  databaseConnectMs: 10_000, // a caller that waits for itself fails loudly after this
  databasePoolConnections: 16,
  databaseMessageBytes: 64 * 1024 * 1024, // one batch to the embedded engine; a link and its boxes are 8 MiB
  databaseAnswerBytes: 64 * 1024 * 1024, // pages are bounded far below
  databaseSliceMs: 5, // the embedded engine lets sockets and timers run at least this often between statements
  databaseMaintenanceMs: 3_600_000, // the embedded engine vacuums itself this often; callers wait meanwhile
  databaseCheckpointBytes: 16 * 1024 * 1024, // one log segment: bounds what a restart after a kill replays

  // Blobs
  maxBlobParts: 4_096, // a file of maxFileBytes has 2,048 parts of 8 MiB
  maxBlobPartBytes: 16 * 1024 * 1024,
  blobReadChunkBytes: 256 * 1024,

  maxConfigurationBytes: 64 * 1024,

  // Telemetry
  logStackFrames: 20,
  metricSeries: 500, // per metric; a label that varies more folds into one
  maxWebFiles: 200, // of the built web application, all kept in memory
  maxWebFileBytes: 4 * 1024 * 1024,
  maxDemoPeople: 200, // whom the demonstration offers to browsers
  maxDemoDevices: 2_000, // of all of them together, handed out or not
  maxDemoFileBytes: 256 * 1024, // a device or the list of people; a new key store has a few kB
  metricsConnections: 8, // one or two collectors ask, each a few times a minute
  metricsTimeoutMs: 5_000, // to send a request of one line over loopback

  // Bus
  busPayloadBytes: 7_900, // PostgreSQL refuses a NOTIFY payload of 8,000
  busPendingIds: 10_000, // beyond it all readers are told to look for themselves
  busGatherMs: 25, // what is published within it goes to the other servers in one statement; a client alone posts as often
  busReconnectMinMs: 100,
  busReconnectMaxMs: 5_000,

  // Key store (floors and ceilings compiled into the client, I15)
  argon2FloorPasses: 2,
  argon2FloorMemoryBytes: 64 * 1024 * 1024,
  argon2CeilingPasses: 16,
  argon2CeilingMemoryBytes: 1024 ** 3, // WebAssembly gives less than 2 GiB; about 5 s at 4 passes
  argon2DefaultPasses: 3,
  argon2DefaultMemoryBytes: 256 * 1024 * 1024,
  maxPassphraseBytes: 1024, // longer than any sentence; hashing it must not cost more than the derivation

  // Transparency logs (C2SP formats; the floors they demand are in brackets)
  maxTreeSize: 2 ** 48, // every product with a subtree width stays an exact integer
  maxLogEntryBytes: 65_535, // tlog-tiles: a uint16 length
  maxNoteBytes: 256 * 1024, // 27 witnesses, two signatures each, one of them post-quantum (3.3 kB)
  maxNoteSignatures: 100, // what Go's note.Open takes, so that whatever we accept it accepts [16]
  maxKeyNameBytes: 255,
  maxProofHashes: 63, // tlog-witness; a tree of 2^48 needs 48
  maxProofExtraBytes: 64 * 1024,
  maxPolicyBytes: 256 * 1024,
  maxPolicyLogs: 64, // [32]
  maxPolicyWitnesses: 128, // [32] one per authority of the Union, with rotations
  maxPolicyGroups: 64, // [32]

  // Witness
  witnessTickMs: 1_000, // the promise that readers are given: a second, and what the witnesses take
  witnessHeartbeatMs: 10 * 60_000, // a log at rest shows fresh words of its witnesses
  witnessWordsMs: 15 * 60_000, // older words of witnesses do not vouch for a log that claims to be live
  witnessAnswerMs: 5_000, // late lines are for monitors; the quorum does not wait for them
  maxWitnessAnswerBytes: 64 * 1024,
  maxWitnessConnections: 512, // 64 logs, each with a handful of servers
  witnessRequestTimeoutMs: 10_000, // a body of 260 KiB over a bad line
  witnessIdleConnectionMs: 120_000, // logs ask every second or every ten minutes; the former keep their connection
  witnessPatienceMs: 5_000, // a witness that is started anew is back by then; longer is told to the operator
  witnessLogListMs: 500, // a log that was just followed is known before its server asks a second time
  turnCheckMs: 60_000, // a half-year ends within a minute
  epochTurnPauseMs: 50, // between two tries, of a hundred, to count the rest of a log that ends, while another server counts it
  turnRetryMs: 600_000, // a quorum that is not ready for the next log is asked again, and told of, six times an hour
  restartRetryMs: 5_000, // a server whose log ended, and whose quorum went away at that moment
  maxWitnessReadBytes: 512, // a signed request for a bundle; the name of the log takes half of it
  witnessReadWindowMs: 5 * 60_000, // a request older or newer than this by the server's clock is void: clocks differ, as those of signers
  witnessReadsPerHour: 8_192, // of one witness: the largest directory twice over, in bundles of 256
  witnessFetchMs: 4_000, // one bundle; the log asks again a second later
  witnessReplayWaitMs: 3_000, // what a log waits for a replay, within the time that it gives a witness; the replay goes on
  witnessTellEveryMs: 60_000, // one line of each kind for each directory: the server that is read decides how often reading fails
  witnessReplaySlice: 32, // entries between two turns of the event loop: about 15 ms, in which no audit log is cosigned
  maxEvidencePerLog: 100, // of each kind; one proves what there is to prove
  maxWitnessWaiting: 64, // heads of one log that wait for their turn: a log has a handful of servers, which ask once a second
  maxRefusedHeads: 64, // of one directory: heads that are refused again without a look
  witnessBreachRestMs: 60_000, // between two replays of a directory that broke its rules: each new head over the broken entry asks for one

  // Operations (docs/spec/operations.md)
  maxOperations: 200, // of one compartment: an action day a week for four years
  maxOperationFactsBytes: 10 * 1024, // a plan's facts: 64 states with 8 representatives each are 8.5 kB
  maxOperationParties: 64, // 27 states, agencies, and as many third countries
  maxRepresentatives: 8, // of one state: shifts of an action day
  maxOperationRecords: 20_000, // four times the largest board that is measured
  maxHeldAlerts: 100, // of one operation at once
  maxCallMs: 30 * 24 * 3_600_000, // go/no-go asked a month ahead is about other facts
  maxQueuedEntryMs: 24 * 3_600_000, // an action day; who was away for longer writes a note
  entryMomentMs: 5 * 60_000, // between an act and its report by who is connected; also what counts as late
  maxPlanPhases: 32,
  maxPlanLegs: 64,
  maxPlanSteps: 1_000,
  maxPlanInstruments: 500,
  maxPlanAlerts: 100,
  maxLinkedAlerts: 16, // of one alert
  maxSheetBytes: 16 * 1024 * 1024, // 20,000 entries of 800 bytes
} as const;
