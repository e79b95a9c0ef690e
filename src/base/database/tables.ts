// The columns of each table and view. `npm run schema` writes this file from the catalogs of a database; a test fails while
// they differ. An optional member is a column that an insert may leave out, because it has a default or may be null.

type Big = string | number | bigint
type Day = string | Date

export type Tables = {
  accounts: { personId: string; locale?: string; openedAt: Date; closedAt?: Date | null; invitedAt?: Date | null; eraseAt?: Date | null; suspendedAt?: Date | null; sessionEpoch?: number; sessionsFrom?: number; sessionKept?: string | null; seal?: Buffer | null; nickname?: Buffer | null }
  activity: { activityId: string; personId?: string | null; kind: string; serviceId?: string | null; acr?: string | null; amr?: readonly string[] | null; result: string; reason?: string | null; requestId: string; network?: string | null; at: Date; device?: string | null; settledAt?: Date | null; factorIds?: readonly string[] | null }
  answerDraft: { requestId: string; itemNo: number; presentationId?: string | null; answer: string; chosen: readonly string[]; express: readonly string[]; until?: Day | null; at: Date; resumes?: boolean }
  answersCounted: { personId?: string | null; consentId?: string | null; agreement?: number | null; holder?: number | null; recipient?: number | null; purpose?: number | null; legalBasisId?: string | null; createdAt?: Date | null; state?: string | null; stateAt?: Date | null }
  answersGiven: { personId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; categories?: Big | null; declined?: Big | null; state?: string | null; stateAt?: Date | null; createdAt?: Date | null }
  appliedFunctions: { room: string; sha256: Buffer; appliedAt: Date }
  arrivals: { errandSha256?: Buffer | null; providerId?: string | null; issuer?: string | null; identitySha256?: Buffer | null; level?: string | null; vouched?: Buffer | null; provedAt?: Date | null; links?: boolean | null; expiresAt?: Date | null; seal?: Buffer | null }
  askedAgain: { visit: Buffer; itemNo: number; recipient: number; askedAt: Date; became: string }
  attemptsThatCount: { visitIdSha256?: Buffer | null; personId?: string | null; proof?: string | null; codesDue?: boolean | null; invitationDue?: boolean | null; provedAt?: Date | null; factorIds?: readonly string[] | null; sessionEpoch?: number | null; codeIndex?: string | null; expiresAt?: Date | null; seal?: Buffer | null; reachDue?: boolean | null }
  changesAsked: { consentId?: string | null }
  checkpoint: { logId: number; treeSize: Big; root: Buffer; note: string; signedAt: Date }
  claimAnswer: { personId: string; serviceId: string; claim: string; isGiven: boolean; purposeSha256: Buffer; answeredAt: Date; seal: Buffer }
  claimAnswers: { personId?: string | null; serviceId?: string | null; claim?: string | null; isGiven?: boolean | null; purposeSha256?: Buffer | null; answeredAt?: Date | null; seal?: Buffer | null }
  confirmedContacts: { personId?: string | null; contactId?: string | null; channel?: string | null; removedAt?: Date | null }
  connectionHistory: { personId?: string | null; connectionId?: string | null; serviceId?: string | null; scopes?: readonly string[] | null; claims?: readonly string[] | null; firstUsedAt?: Date | null; lastUsedAt?: Date | null; endedAt?: Date | null }
  connections: { connectionId: string; personId: string; serviceId: string; scopes: readonly string[]; claims?: readonly string[]; firstUsedAt: Date; lastUsedAt: Date; endedAt?: Date | null; seal?: Buffer | null }
  consentCurrent: { personId: string; consentId: string; arrangementId: string; holder: number; recipient: number; dataset: number; purpose: number; agreement: number; categories: Big; state: string; stateSeq: number; stateAt: Date; suspendedReasons?: readonly string[]; validFrom: Date; validUntil: Date; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; uses?: number; windowStartedAt?: Date | null; windowUses?: number; lastUseAt?: Date | null; confirmedAt?: Date | null; usesReturned?: number; windowReturned?: number; seal?: Buffer | null }
  consentHistory: { personId?: string | null; consentId?: string | null; arrangementId?: string | null; versionInArrangement?: number | null; supersedesConsentId?: string | null; requestId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; text?: number | null; legalBasisId?: string | null; categories?: Big | null; declined?: Big | null; express?: boolean | null; oneTime?: boolean | null; state?: string | null; stateAt?: Date | null; suspendedReasons?: readonly string[] | null; validFrom?: Date | null; validUntil?: Date | null; validUntilLocal?: Day | null; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; uses?: number | null; windowStartedAt?: Date | null; windowUses?: number | null; lastUseAt?: Date | null; presentationId?: string | null; lang?: string | null; channel?: string | null; acr?: string | null; amr?: readonly string[] | null; createdAt?: Date | null; stateSeq?: number | null; confirmedAt?: Date | null; usesReturned?: number | null; windowReturned?: number | null; seal?: Buffer | null }
  consentRecord: { consentId: string; arrangementId: string; versionInArrangement: number; supersedesConsentId?: string | null; personId: string; requestId: string; agreement: number; purpose: number; dataset: number; legalBasisId: string; holder: number; recipient: number; categoriesGranted: Big; categoriesDeclined: Big; express: boolean; oneTime: boolean; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; validFrom: Date; validUntil: Date; validUntilLocal: Day; tz: string; presentationId: string; textPairSha256: Buffer; channel: string; acr: string; amr: readonly string[]; agentId?: string | null; createdAt: Date }
  consentReminder: { personId: string; consentId: string; due: string; remindedAt: Date }
  consentRequest: { requestId: string; visit: Buffer; personId: string; clientId: string; recipient: number; createdAt: Date; expiresAt: Date; answersSha256?: Buffer | null }
  consentRequestItem: { requestId: string; itemNo: number; consentId: string; agreement: number; purpose: number; dataset: number; text: number; categoriesRequired: Big; categoriesOptional: Big; validUntil: Date; validUntilLocal: Day; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; state?: string; narrows?: string | null; amends?: string | null }
  consentStates: { personId?: string | null; consentId?: string | null; arrangementId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; categories?: Big | null; declined?: Big | null; state?: string | null; stateAt?: Date | null; validFrom?: Date | null; validUntil?: Date | null; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; uses?: number | null; windowStartedAt?: Date | null; windowUses?: number | null; lastUseAt?: Date | null; stateSeq?: number | null; suspendedReasons?: readonly string[] | null; confirmedAt?: Date | null; usesReturned?: number | null; windowReturned?: number | null; seal?: Buffer | null }
  consentsEnded: { personId?: string | null; consentId?: string | null; agreement?: number | null; holder?: number | null; recipient?: number | null; purpose?: number | null; legalBasisId?: string | null; state?: string | null; stateAt?: Date | null }
  contactPoint: { contactId: string; personId: string; channel: string; sealed: Buffer; digest: Buffer; createdAt: Date; messageId: string; confirmBy: Date; tries?: number; confirmedAt?: Date | null; removedAt?: Date | null; seal?: Buffer | null }
  countedMonth: { month: Day; countedAt: Date; cells: number; sha256: Buffer; minutes?: number | null; served?: number | null; seal: Buffer }
  currentRegister: { kind?: string | null; id?: string | null; version?: number | null; objectNo?: number | null; content?: unknown }
  decided: { personId?: string | null; decisionId?: string | null; consentId?: string | null }
  decision: { decisionId: string; evaluatedAt: Date; personId: string; personSeq?: number | null; consentId?: string | null; holder: number; recipient?: number | null; dataset: number; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; asked: Big; permitted: Big; outcome: string; reasonCode: string; policyVersion: number; validUntil?: Date | null; status?: string | null; queryId?: string | null; times?: number; lastAt: Date; visibleFrom?: Date | null; periodFrom?: Day | null; periodTo?: Day | null }
  decisionHistory: { personId?: string | null; decisionId?: string | null; evaluatedAt?: Date | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; asked?: Big | null; permitted?: Big | null; outcome?: string | null; reasonCode?: string | null; validUntil?: Date | null; status?: string | null; queryId?: string | null; times?: number | null; lastAt?: Date | null; disclosureId?: string | null; occurredAt?: Date | null; recordedAt?: Date | null; categoriesActual?: Big | null; recordCount?: number | null; result?: string | null; delivery?: string | null; reportedQueryId?: string | null; queryGroupId?: string | null; initiator?: unknown; late?: boolean | null; inFlight?: boolean | null; anomaly?: boolean | null; visibleFrom?: Date | null; periodFrom?: string | null; periodTo?: string | null }
  decisionKey: { requestKey: string; decisionId: string; contentSha256: Buffer; at: Date }
  decisionsAbout: { personId?: string | null; evaluatedAt?: Date | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; times?: number | null; outcome?: string | null }
  decisionsCounted: { decisionId?: string | null; personId?: string | null; evaluatedAt?: Date | null; agreement?: number | null; holder?: number | null; recipient?: number | null; purpose?: number | null; legalBasisId?: string | null; outcome?: string | null; reasonCode?: string | null; times?: number | null; isLater?: boolean | null }
  dek: { personId: string; year: number; wrappedKey?: Buffer | null; kekId: Buffer; createdAt: Date; destroyedAt?: Date | null; destroyEventId?: string | null }
  delayedChains: { personId?: string | null; chainId?: string | null; evaluatedAt?: Date | null; visibleFrom?: Date | null }
  delayedEnds: { chainId?: string | null; updatedAt?: Date | null }
  devicesNoted: { personId?: string | null; deviceSha256?: Buffer | null; firstSeenAt?: Date | null; deviceSeal?: Buffer | null }
  devicesOfAccess: { id?: string | null; device?: string | null }
  disclosure: { disclosureId: string; decisionId: string; personId: string; personSeq: number; status: string; occurredAt: Date; recordedAt: Date; categoriesActual: Big; recordCount?: number | null; result?: string | null; delivery: string; queryId?: string | null; queryGroupId?: string | null; initiator?: unknown; late: boolean; inFlight: boolean; anomaly: boolean; reportSha256: Buffer; corrections?: number; correctedAt?: Date | null; correction?: unknown; useReturned?: boolean | null }
  disclosureAnomaly: { about: string; kind: string; decisionId?: string | null; consentId?: string | null; holder: number; recipient: number; notedAt: Date; settledAt?: Date | null }
  disclosureDeclared: { declarationId: string; personId: string; personSeq: number; holder: number; recipient: number; dataset: number; legalBasisId: string; law: unknown; reference: string; occurredAt: Date; recordedAt: Date; categories: Big; recordCount?: number | null }
  disclosureReceived: { receivedId: string; decisionId?: string | null; consentId?: string | null; personId: string; personSeq: number; holder: number; recipient: number; dataset: number; queryId?: string | null; occurredAt: Date; recordedAt: Date; categories: Big; recordCount?: number | null; contentSha256: Buffer }
  dispute: { disputeId: string; personId: string; decisionId: string; consentId?: string | null; routedTo: number; openedAt: Date; dueAt: Date; dekYear: number; body: Buffer; answeredAt?: Date | null; outcome?: string | null; answerId?: string | null; answerYear?: number | null; answerBody?: Buffer | null }
  dutyLease: { duty: string; number: Big; holder: string; until: Date; backend: number; backendBegan: Date }
  emailsInUse: { contactId?: string | null; personId?: string | null; channel?: string | null; sealed?: Buffer | null; digest?: Buffer | null; createdAt?: Date | null; messageId?: string | null; confirmBy?: Date | null; confirmedAt?: Date | null; removedAt?: Date | null; seal?: Buffer | null; ways?: readonly string[] | null; waysSeal?: Buffer | null }
  erasedUntil: { at?: Date | null; deniesAt?: Date | null }
  erasure: { erasureId: string; personId: string; eventId: string; personSeq: number; rule: string; fromYear?: number | null; throughYear?: number | null; fromSeq?: number | null; throughSeq?: number | null; before: Date; erasedAt: Date; certificate: string }
  erasureMark: { one?: boolean; reached: string }
  erasuresInChains: { personId?: string | null; personSeq?: number | null; eventId?: string | null; recordedAt?: Date | null }
  factorsSetAside: { factorId: string; personId: string; kind: string; content: unknown; standsUntil: Date; seal?: Buffer | null }
  fidoMetadata: { one?: boolean; no: number; nextUpdate: string; seenAt: Date; seal: Buffer }
  firstSeals: { tableName: string; rows: number; operator: string; reason: string; at: Date; seal: Buffer }
  foldWalk: { walkId: string; beganAt: Date; seventh?: number | null; since: Date; reached?: string; people?: number; events?: Big; differences?: number; named?: unknown; endedAt?: Date | null }
  heldTries: { name: Buffer; key: string; ends: Big; place: number; points: number }
  holdsSeen: { personId?: string | null; since?: Date | null; until?: Date | null; added?: readonly string[] | null; seal?: Buffer | null; ways?: readonly string[] | null; waysSeal?: Buffer | null }
  inquiriesClosed: { through?: Day | null; oldest?: Day | null }
  inquiriesCounted: { personId?: string | null; recordedAt?: Date | null; holder?: number | null; undecided?: number | null; excused?: Big | null; at?: Date | null }
  inquiriesOpen: { personId?: string | null; day?: Day | null }
  inquiryDay: { inquiryId: string; personId: string; personSeq: number; day: Day; holder: number; recipient: number; dataset: number; purpose: number; agreement: number; consentId?: string | null; introspected: number; decided: number; excused: unknown; undecided: number; recordedAt: Date }
  inquiryExcuse: { excuseId: string; personId: string; day: Day; holder: number; recipient: number; dataset: number; purpose: number; agreement: number; consentId?: string | null; why: string; saidAt: Date }
  inquiryHistory: { personId?: string | null; inquiryId?: string | null; day?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; introspected?: number | null; decided?: number | null; excused?: unknown; undecided?: number | null; recordedAt?: Date | null }
  inquiryTally: { personId: string; day: Day; holder: number; recipient: number; dataset: number; purpose: number; agreement: number; consentId?: string | null; introspected: number; askedAgain?: number }
  inquiryTotal: { day: Day; holder: number; introspected: Big; undecided: Big }
  jobGivenUp: { day: Day; job: string; serviceId?: string; why: string; status?: number; times?: number; lastAt: Date }
  keptPepper: { keyId: Buffer; sealed: Buffer }
  keyAttestations: { passkeyId: string; personId: string; aaguid: string; format: string; certificates: readonly string[]; metadataNo: number; attestedAt: Date; seal: Buffer }
  keyCheck: { purpose: string; checkValue: string; state: string; notedAt: Date; usedAt?: Date | null; renewedAt?: Date | null }
  knownDevices: { personId: string; deviceSha256: Buffer; firstSeenAt: Date; lastSeenAt: Date; seal?: Buffer | null }
  knownPeople: { personId?: string | null; hasAccount?: boolean | null }
  lastEntries: { personId?: string | null; updatedAt?: Date | null }
  lawfulEnds: { personId?: string | null; decisionId?: string | null; overAt?: Date | null }
  lawfulPermits: { personId?: string | null; decisionId?: string | null; lastAt?: Date | null }
  ledgerCommitments: { personId?: string | null; personSeq?: number | null; eventId?: string | null; commitment?: Buffer | null }
  ledgerEvent: { personId: string; eventId: string; recordedAt: Date; visibleFrom: Date; personSeq: number; shard: number; dekYear: number; kind: string; commitment: Buffer; body: Buffer }
  ledgerHeads: { personId?: string | null; nextSeq?: number | null; headCommitment?: Buffer | null; moment?: Date | null; wrappedKey?: Buffer | null; kekId?: Buffer | null; updatedAt?: Date | null; live?: Buffer | null; headSeal?: Buffer | null; restored?: unknown }
  ledgerPending: { id?: Big; eventId: string; shard: number; commitment: Buffer; class?: number }
  ledgerPeople: { personId?: string | null }
  ledgerPlaces: { eventId?: string | null; logId?: number | null; year?: number | null; shard?: number | null; leafIndex?: Big | null; commitment?: Buffer | null }
  ledgerPosition: { logId: number; class: number; leafIndex: Big; eventId: string; commitment: Buffer }
  ledgerTotals: { inLogs?: Big | null; waiting?: Big | null; public?: Big | null }
  ledgerUsers: { personId?: string | null }
  linesOfAccess: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfConsents: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfDecisions: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfDeclarations: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfEnds: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfInquiries: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfNotices: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfReceptions: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  linesOfRequests: { personId?: string | null; at?: Date | null; id?: string | null; kind?: string | null; serviceId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; categories?: Big | null; reason?: string | null; times?: number | null; lastAt?: Date | null; otherAt?: Date | null; shownFrom?: Date | null; network?: string | null }
  liveConnections: { connectionId?: string | null; personId?: string | null; serviceId?: string | null; scopes?: readonly string[] | null; claims?: readonly string[] | null; firstUsedAt?: Date | null; lastUsedAt?: Date | null; seal?: Buffer | null }
  log: { logId?: number; year: number; shard: number; state?: string; treeSize?: Big; root: Buffer; frontier?: Buffer; queue?: number }
  logKey: { logId: number; vkey: string; firstAt: Date; lastSize?: Big | null }
  logNode: { logId: number; level: number; nodeIndex: Big; hash: Buffer }
  logRestore: { restoreId: string; origin: string; year: number; shard: number; foundAt: Date; held: Big; signed: Big; root?: Buffer | null; knownTo: string; words?: unknown; wentOnAt?: Date | null; takenUpAt?: Date | null; seal?: Buffer | null }
  logSigning: { logId: number; lease: Big; treeSize: Big; root: Buffer }
  logStanding: { isRestored?: boolean | null; isWaiting?: boolean | null }
  logWitnesses: { isOne?: boolean; lines: string }
  looseEnds: { personId?: string | null; overAt?: Date | null }
  matchingAnswer: { reference: string; personId: string; orgId: string; serviceId: string; result: string; reason: string; answeredAt: Date }
  matchingStop: { orgId: string; stoppedAt: Date; noMatches: number; liftedAt?: Date | null; liftedBy?: unknown; seal: Buffer }
  meAnswer: { keySha256: Buffer; requestSha256: Buffer; answer?: unknown; at: Date }
  migrationBears: { name: string; bears: string }
  monthlyCount: { month: Day; outcome: string; agreement?: string | null; holder?: string | null; recipient?: string | null; purpose?: string | null; basis?: string | null; detail?: string | null; times: Big; people: number }
  narrowings: { narrows?: string | null; consentId?: string | null }
  nicknames: { personId?: string | null; nickname?: Buffer | null }
  noesGiven: { recipient?: number | null; at?: Date | null }
  noticeShown: { noticeId: string; personId: string; agreement: number; purpose: number; dataset: number; categories: Big; lang: string; renderedSha256: Buffer; shownAt: Date }
  notices: { noticeId: string; personId: string; kind: string; factor?: string | null; factorId?: string | null; device?: string | null; network?: string | null; at: Date; answer?: string | null; answeredAt?: Date | null }
  notification: { notificationId: string; personId?: string | null; kind: string; channel: string; contactId?: string | null; language: string; templateVersion: number; queuedAt: Date; sentAt?: Date | null; givenUpAt?: Date | null; codeDigest?: Buffer | null; checks?: number; containsPersonalData?: boolean; sealedAddress?: Buffer | null; triedAt?: Date | null }
  notificationPreference: { personId: string; channel: string; language: string; changedAt: Date; sendings?: string; sendingsToldUntil?: Date | null; questionReminders?: boolean }
  oidcArtifacts: { id: Buffer; model: string; payload: unknown; grantId?: string | null; connectionId?: string | null; clientId?: string | null; accountId?: string | null; sessionUid?: string | null; parentId?: Buffer | null; version?: number; consumedAt?: Date | null; expiresAt: Date; seal?: Buffer | null }
  oidcReplays: { id: Buffer; expiresAt: Date }
  oidcSessionAuthorizations: { sessionUid: string; clientId: string; content: unknown; seal?: Buffer | null }
  oidcSessions: { id: Buffer; uid: string; accountId?: string | null; payload: unknown; device: string; network?: string | null; signedInAt?: Date | null; lastSeenAt: Date; expiresAt: Date; factorIds?: readonly string[]; sessionEpoch?: number | null; seal?: Buffer | null }
  oldestContents: { personId?: string | null; year?: number | null }
  oldestOpenYears: { personId?: string | null; year?: number | null }
  openAccounts: { personId?: string | null; locale?: string | null; openedAt?: Date | null }
  openYears: { personId?: string | null; year?: number | null; fromSeq?: number | null; throughSeq?: number | null }
  operatorDeed: { deedNo: number; at: Date; phase: string; begunNo?: number | null; action: string; object?: string | null; personId?: string | null; operator?: string | null; account?: string | null; signers: readonly string[]; instance: string; reasonSha256?: Buffer | null; sha256: Buffer; seal: Buffer }
  operatorDeedHead: { onlyOne?: boolean; deedNo: number; sha256: Buffer; seal: Buffer }
  outgoingMail: { one?: boolean; failingSince?: Date | null; failedAt?: Date | null; reached?: boolean | null }
  pagesOfChanges: { presentationId?: string | null; changes?: string | null }
  passkeys: { passkeyId: string; personId: string; credentialId: Buffer; publicKey: Buffer; signCount: Big; transports: readonly string[]; aaguid: string; backupEligible: boolean; backupState: boolean; name: string; createdAt: Date; lastUsedAt?: Date | null; suspendedAt?: Date | null; kind?: string; seal?: Buffer | null }
  passwordProposals: { errandSha256: Buffer; personId: string; factorId: string; proof: Buffer; addressMark: Buffer; sealed: Buffer; wrappedKey: Buffer; kekId: Buffer; sealedYear: number; messageId: string; codeBy: Date; tries?: number; provedAt?: Date | null; expiresAt: Date; seal?: Buffer | null }
  passwords: { personId: string; factorId: string; proof: Buffer; addressMark: Buffer; sealed: Buffer; wrappedKey: Buffer; kekId: Buffer; sealedYear: number; createdAt: Date; lastUsedAt?: Date | null; suspendedAt?: Date | null; addressProvedAt: Date; seal?: Buffer | null }
  passwordsGiven: { visitIdSha256?: Buffer | null; personId?: string | null; factorId?: string | null; sessionEpoch?: number | null; addressMark?: Buffer | null; triesKey?: string | null; expiresAt?: Date | null; seal?: Buffer | null }
  permits: { decisionId?: string | null; personId?: string | null; status?: string | null; visibleFrom?: Date | null }
  permitsOfBodies: { decisionId?: string | null; personId?: string | null; consentId?: string | null; holder?: number | null; recipient?: number | null; dataset?: number | null; purpose?: number | null; agreement?: number | null; legalBasisId?: string | null; permitted?: Big | null; evaluatedAt?: Date | null; validUntil?: Date | null; status?: string | null; queryId?: string | null; periodFrom?: string | null; periodTo?: string | null }
  permitsUnreported: { personId?: string | null; consentId?: string | null }
  personHead: { personId: string; updatedAt?: Date | null; nextSeq?: number; shard?: number; headCommitment?: Buffer | null; delayed?: boolean; live?: Buffer; seal?: Buffer | null }
  persons: { personId: string; status?: string; createdAt: Date }
  presentation: { presentationId: string; requestId: string; itemNo: number; text: number; lang: string; canonicalSha256: Buffer; renderedSha256: Buffer; grantLabel: string; refuseLabel: string; orderOfItems: readonly string[]; optionalPrechecked?: boolean; shownAt: Date; channel: string; agentId?: string | null; assistanceOffered: boolean; assistanceUsed: boolean; changes?: string | null }
  presentationHistory: { personId?: string | null; presentationId?: string | null; requestId?: string | null; itemNo?: number | null; text?: number | null; lang?: string | null; canonicalSha256?: Buffer | null; renderedSha256?: Buffer | null; grantLabel?: string | null; refuseLabel?: string | null; orderOfItems?: readonly string[] | null; optionalPrechecked?: boolean | null; shownAt?: Date | null; channel?: string | null; assistanceOffered?: boolean | null; assistanceUsed?: boolean | null; html?: string | null; changes?: string | null }
  presentedWords: { presentationId?: string | null; text?: number | null; lang?: string | null; renderedSha256?: Buffer | null }
  provingAccounts: { personId?: string | null; sessionEpoch?: number | null }
  publicLeaves: { leafId?: string | null; sha256?: Buffer | null; path?: string | null }
  publicObject: { sha256: Buffer; leafId: string; document: string; announcedAt: Date }
  publishedFile: { fileNo?: number; dataset: string; month: Day; correction: number; format: string; document: string; sha256: Buffer; leafId: string; publishedAt: Date; reason?: unknown }
  publishedLeaves: { leafId?: string | null; sha256?: Buffer | null; path?: string | null }
  questionsAgain: { visit?: Buffer | null; recipient?: number | null; askedAt?: Date | null }
  questionsAsked: { personId?: string | null; decisionId?: string | null; consentId?: string | null; answeredAt?: Date | null }
  rateLimits: { key: string; points?: number; expire?: Big | null }
  receipt: { receiptId: string; personId: string; consentId: string; eventId: string; kind: string; dekYear: number; body: Buffer; jwtSha256: Buffer; issuedAt: Date }
  receptionsMade: { decisionId?: string | null; recordedAt?: Date | null }
  recoveryCodes: { codeIndex: string; personId: string; secretSha256?: Buffer | null; createdAt: Date; usedAt?: Date | null; expiresAt?: Date | null; seal?: Buffer | null; proof?: Buffer | null }
  recoveryHolds: { personId: string; since: Date; until: Date; added: readonly string[]; seal?: Buffer | null }
  refusalsClosed: { through?: Day | null; oldest?: Day | null }
  refusedDay: { personId: string; day: Day; visibleFrom?: Date | null; eventId: string }
  refusedMark: { one?: boolean; day?: Day | null }
  registerBegan: { at?: Date | null }
  registerEpoch: { epoch?: Big | null }
  registerIds: { objectNo?: number | null; id?: string | null }
  registerLeaf: { objectNo: number; leafId: string; sha256: Buffer }
  registerLeaves: { leafId?: string | null; sha256?: Buffer | null; path?: string | null }
  registerObjects: { objectNo?: number; kind: string; id: string; version: number; content: unknown; appliedAt: Date }
  registerSeal: { objectNo: number; seal: Buffer }
  registerState: { epoch: Big; seal?: Buffer | null }
  renderedPage: { sha256: Buffer; html: string; firstShownAt: Date }
  reportsMade: { decisionId?: string | null; disclosureId?: string | null; occurredAt?: Date | null; recordedAt?: Date | null; correctedAt?: Date | null; categoriesActual?: Big | null; recordCount?: number | null; result?: string | null; delivery?: string | null; queryId?: string | null; queryGroupId?: string | null; initiator?: unknown; late?: boolean | null; inFlight?: boolean | null; anomaly?: boolean | null }
  requestHistory: { personId?: string | null; requestId?: string | null; itemNo?: number | null; clientId?: string | null; recipient?: number | null; createdAt?: Date | null; expiresAt?: Date | null; consentId?: string | null; agreement?: number | null; purpose?: number | null; dataset?: number | null; text?: number | null; categoriesRequired?: Big | null; categoriesOptional?: Big | null; validUntil?: Date | null; validUntilLocal?: Day | null; maxUses?: number | null; frequencyCount?: number | null; frequencyPer?: string | null; lookbackFrom?: Day | null; lookbackTo?: Day | null; state?: string | null; amends?: string | null }
  revocationDelivery: { consentId: string; party: number; role: string; personId: string; queuedAt: Date; acknowledgedAt?: Date | null; effect?: string | null; law?: string | null; effectAt?: Date | null; personSeq?: number | null; keptUntil?: string | null; deliveredAt?: Date | null }
  servedMinute: { minute: Date; process: string }
  serviceSecret: { serviceId: string; newestSha256: Buffer; newestAt: Date; olderSha256?: Buffer | null; olderAt?: Date | null; seal: Buffer }
  sessionEnding: { id: Buffer; because: string; endedAt: Date; expiresAt: Date }
  sharingSpans: { personId?: string | null; arrangementId?: string | null; consentIds?: readonly string[] | null; beganAt?: Date | null; overAt?: Date | null }
  signInRequest: { requestId: string; artifactId: Buffer; personId: string; orgId: string; serviceId: string; words: unknown; level?: string | null; requestedAt: Date; expiresAt: Date; approval?: unknown; seal: Buffer; ping?: Buffer | null; endedAt?: Date | null; polledAt?: Date | null; intervalSeconds?: number }
  signInSilence: { personId: string; orgId: string; silencedAt: Date }
  signIns: { personId?: string | null; at?: Date | null }
  signalEvent: { eventNo?: Big; jti: string; streamId: string; personId?: string | null; kind: string; content: unknown; occurredAt: Date; queuedAt: Date; tries?: number; dueAt?: Date }
  signalNote: { day: Day; streamId: string; orgId: string; what: string; times: number; lastAt: Date }
  signalStream: { streamId: string; orgId: string; party: number; method: string; endpoint?: string | null; authorizationSealed?: Buffer | null; requested: readonly string[]; kinds: readonly string[]; description?: string | null; status: string; reason?: string | null; createdAt: Date; verifiedAt?: Date | null; failures?: number; dueAt?: Date; seal: Buffer }
  signalSubjectRemoved: { streamId: string; personId: string }
  signinAttempts: { visitIdSha256: Buffer; personId: string; proof: string; codesDue?: boolean; provedAt: Date; expiresAt: Date; invitationDue?: boolean; factorIds?: readonly string[]; sessionEpoch?: number; codeIndex?: string | null; seal?: Buffer | null; reachDue?: boolean }
  signinPasswords: { visitIdSha256: Buffer; personId?: string | null; addressMark: Buffer; triesKey: string; expiresAt: Date; factorId?: string | null; sessionEpoch?: number | null; taken?: unknown; seal?: Buffer | null }
  silencedQuestion: { silenceId: string; personId: string; recipient: number; holder: number; dataset: number; categories: Big; silencedAt: Date; times?: number; lastAt?: Date | null }
  standings: { personId?: string | null; status?: string | null; openedAt?: Date | null; closedAt?: Date | null; eraseAt?: Date | null; suspendedAt?: Date | null; sessionEpoch?: number | null; sessionsFrom?: number | null; sessionKept?: string | null; seal?: Buffer | null }
  stopsConfirmed: { consentId?: string | null; stoppedAt?: Date | null; confirmedAt?: Date | null }
  toldErasures: { eventId?: string | null; personId?: string | null; recordedAt?: Date | null }
  totpEnrolments: { errandSha256: Buffer; personId: string; factorId: string; sealed: Buffer; wrappedKey: Buffer; kekId: Buffer; sealedYear: number; expiresAt: Date; seal?: Buffer | null }
  totpFactors: { personId: string; factorId: string; sealed: Buffer; wrappedKey: Buffer; kekId: Buffer; sealedYear: number; lastStep: Big; createdAt: Date; lastUsedAt?: Date | null; suspendedAt?: Date | null; seal?: Buffer | null }
  unansweredEnds: { personId?: string | null; consentId?: string | null; overAt?: Date | null }
  unconfirmedMark: { one?: boolean; decisionId?: string }
  upstreamArrivals: { errandSha256: Buffer; providerId: string; issuer: string; identitySha256: Buffer; level: string; provedAt: Date; links?: boolean; expiresAt: Date; seal: Buffer; vouched?: Buffer | null }
  upstreamErrands: { stateSha256: Buffer; errandSha256: Buffer; providerId: string; nonce: string; verifier: string; maxAge: number; begunAt: Date; expiresAt: Date; seal: Buffer }
  upstreamIdentities: { factorId: string; personId: string; issuer: string; identitySha256: Buffer; createdAt: Date; lastUsedAt?: Date | null; seal: Buffer }
  upstreamLogouts: { tokenSha256: Buffer; expiresAt: Date }
  upstreamSessions: { errandSha256: Buffer; providerId: string; identitySha256: Buffer; sessionSha256?: Buffer | null; expiresAt: Date; seal: Buffer }
  usesReturned: { decisionId?: string | null; useReturned?: boolean | null }
  vouchedInUse: { factorId?: string | null; personId?: string | null; issuer?: string | null; level?: string | null; sealed?: Buffer | null; vouchedAt?: Date | null; seal?: Buffer | null; ways?: readonly string[] | null; waysSeal?: Buffer | null }
  vouchedValues: { factorId: string; personId: string; issuer: string; level: string; sealed: Buffer; vouchedAt: Date; seal: Buffer }
  waysIn: { personId: string; ways: readonly string[]; seal?: Buffer | null; endsAt?: Date | null }
  waysListed: { personId?: string | null; ways?: readonly string[] | null; waysSeal?: Buffer | null }
  webauthnChallenges: { challenge: Buffer; ceremony: string; errand: string; personId?: string | null; userHandle?: Buffer | null; expiresAt: Date; seal?: Buffer | null }
  webauthnUsers: { personId: string; userHandle: Buffer; seal?: Buffer | null }
  workerBeat: { worker: string; beatAt: Date }
}
