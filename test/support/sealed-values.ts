import type { SealedTable } from '../../src/base/sealing/sealed-table.ts'
import { deedTable, lastDeedTable } from '../../src/base/observing/operator-audit-store.ts'
import { markTable } from '../../src/base/sealing/first-seals.ts'
import { answerTable } from '../../src/consent/claims/seal.ts'
import { monthTable } from '../../src/consent/figures/seal.ts'
import { stopTable } from '../../src/consent/matching/seal.ts'
import { consentTable } from '../../src/consent/record/tables.ts'
import { streamTable } from '../../src/consent/signals/seal.ts'
import { headTable } from '../../src/ledger/chain/head.ts'
import { restoreTable } from '../../src/ledger/transparency-log/restore.ts'
import { contactTable, holdTable } from '../../src/people/accounts/contact-seal.ts'
import { deviceTable } from '../../src/people/accounts/device-store.ts'
import { accountTable } from '../../src/people/accounts/person-standing.ts'
import { waysTable } from '../../src/people/accounts/ways.ts'
import { vouchedTable } from '../../src/people/identity/seal.ts'
import { requestTable } from '../../src/provider/ciba/ciba-seal.ts'
import { secretTable } from '../../src/provider/clients/client-secrets.ts'
import {
  artifactTable,
  authorizationTable,
  connectionTable,
  sessionTable,
} from '../../src/provider/unit/tables.ts'
import {
  asideTable,
  codeTable,
  enrolmentTable,
  passwordTable,
  proposalTable,
  totpTable,
} from '../../src/signin/factors/seal.ts'
import { attemptTable, givenPasswordTable } from '../../src/signin/journey/seal.ts'
import {
  arrivalTable,
  errandTable,
  identityTable,
  upstreamSessionTable,
} from '../../src/signin/upstream/seal.ts'
import {
  attestationTable,
  challengeTable,
  passkeyTable,
  metadataTable,
  userTable,
} from '../../src/webauthn/seal.ts'

/** Every table whose rows bear a seal, as its room declares it. The register's two are no rows of a table: its seals are of digests. */
export const sealedTableValues: readonly SealedTable<unknown>[] = [
  deedTable,
  lastDeedTable,
  markTable,
  answerTable,
  monthTable,
  stopTable,
  consentTable,
  streamTable,
  headTable,
  restoreTable,
  contactTable,
  holdTable,
  deviceTable,
  accountTable,
  waysTable,
  vouchedTable,
  requestTable,
  secretTable,
  artifactTable,
  authorizationTable,
  connectionTable,
  sessionTable,
  asideTable,
  codeTable,
  enrolmentTable,
  passwordTable,
  proposalTable,
  totpTable,
  attemptTable,
  givenPasswordTable,
  arrivalTable,
  errandTable,
  identityTable,
  upstreamSessionTable,
  attestationTable,
  challengeTable,
  passkeyTable,
  metadataTable,
  userTable,
]
