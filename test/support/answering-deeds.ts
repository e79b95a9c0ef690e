import type { OfficerSession } from '../../src/base/web/officer.ts'
import type { answerRequest, answerTogether } from '../../src/consent/asking/answer.ts'
import type { liftKeyRule } from '../../src/consent/asking/key-rule-lift.ts'
import type { recordOf } from '../../src/consent/asking/record.ts'
import type { reopenQuestion } from '../../src/consent/asking/repeat-after-refusal.ts'
import type { answerClaims } from '../../src/consent/claims/deeds.ts'
import type { putAnswer } from '../../src/consent/claims/store.ts'
import type { insertAnswer } from '../../src/consent/matching/store.ts'
import type { confirmConsent, resume, resumeConsent } from '../../src/consent/record/life.ts'
import type { insertConsent, noteConfirmed, resumeFor } from '../../src/consent/record/store.ts'
import type {
  blockProvider,
  linkAccount,
  removeAccount,
  unblockProvider,
} from '../../src/pages/my-access/accounts.ts'
import type { endGivenSince } from '../../src/pages/my-access/consents-since.ts'
import type { liftHold, undoRecovery } from '../../src/pages/my-access/recovery.ts'
import type { reportNotMe } from '../../src/pages/my-access/report-not-me.ts'
import type { denyWays, undoWait } from '../../src/pages/my-access/undo-waits.ts'
import type {
  changePasswordAt,
  endOthers,
  removeKey,
  removePasswordWay,
  setPassword,
  setPasskey,
  setSecurityKey,
  setTotp,
} from '../../src/pages/my-access/ways-in.ts'
import type { openGate } from '../../src/people/accounts/gate.ts'
import type { makeHelpCode } from '../../src/people/helps/code.ts'
import type { putApproval } from '../../src/provider/ciba/ciba-store.ts'
import type { addIdentity } from '../../src/signin/upstream/identities.ts'
import type { insertIdentity } from '../../src/signin/upstream/store.ts'

// Every deed that says yes, resumes, lifts, gives, or changes how an access is opened, with what each takes as the sign that its person
// does it herself. A house rule finds a deed that is missing here; the compiler tries each of them with an officer.

type By<Deed extends (...given: never[]) => unknown, At extends number> = Parameters<Deed>[At]
type Who<Change extends { readonly who: { readonly actor: unknown } }> = Change['who']['actor']

export type SignOfHerself = {
  openGate: By<typeof openGate, 2>
  answerRequest: By<typeof answerRequest, 3>
  answerTogether: By<typeof answerTogether, 3>
  recordOf: By<typeof recordOf, 1>['answer']
  liftKeyRule: By<typeof liftKeyRule, 2>['by']
  reopenQuestion: By<typeof reopenQuestion, 2>['by']
  answerClaims: By<typeof answerClaims, 2>['by']
  putAnswer: By<typeof putAnswer, 2>
  insertAnswer: By<typeof insertAnswer, 1>
  resumeConsent: By<typeof resumeConsent, 2>
  confirmConsent: By<typeof confirmConsent, 2>
  resume: By<typeof resume, 3>
  insertConsent: By<typeof insertConsent, 3>
  resumeFor: By<typeof resumeFor, 2>
  noteConfirmed: By<typeof noteConfirmed, 2>
  makeHelpCode: By<typeof makeHelpCode, 2>
  putApproval: By<typeof putApproval, 2>
  addIdentity: By<typeof addIdentity, 2>
  insertIdentity: By<typeof insertIdentity, 2>
  linkAccount: Who<By<typeof linkAccount, 1>>
  removeAccount: Who<By<typeof removeAccount, 1>>
  blockProvider: Who<By<typeof blockProvider, 1>>
  unblockProvider: Who<By<typeof unblockProvider, 1>>
  endGivenSince: Who<By<typeof endGivenSince, 2>>
  liftHold: Who<By<typeof liftHold, 1>>
  undoRecovery: Who<By<typeof undoRecovery, 2>>
  reportNotMe: Who<By<typeof reportNotMe, 2>>
  undoWait: Who<By<typeof undoWait, 2>>
  denyWays: Who<By<typeof denyWays, 1>>
  endOthers: Who<By<typeof endOthers, 1>>
  removeKey: Who<By<typeof removeKey, 1>>
  setPasskey: Who<By<typeof setPasskey, 1>>
  setSecurityKey: Who<By<typeof setSecurityKey, 1>>
  removePasswordWay: Who<By<typeof removePasswordWay, 1>>
  setTotp: Who<By<typeof setTotp, 2>>
  setPassword: Who<By<typeof setPassword, 1>>
  changePasswordAt: Who<By<typeof changePasswordAt, 1>>
}

/** An officer who says of himself whatever text and number a sign has: all but what nobody can write. */
type Pretending<Sign> = OfficerSession & {
  [Name in keyof Sign as Name extends string ? Name : never]: Sign[Name]
}

/** The deeds that an officer who pretends could do. */
export type DoneBy<Signs> = {
  [Deed in keyof Signs]: [Pretending<Signs[Deed]>] extends [Signs[Deed]] ? Deed : never
}[keyof Signs]
