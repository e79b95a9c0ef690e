import type { DecisionContext } from '../consent/decisions/index.ts'
import { forgets } from './forgets.ts'
import { later } from '../base/values/clock.ts'
import type { Database } from '../base/database/database.ts'
import { openSession } from '../base/database/db-session.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { Jobs, Timetable } from '../base/jobs/jobs.ts'
import { sweepGivenUp } from '../base/jobs/jobs.ts'
import type { OpenProvider } from '../provider/index.ts'
import { exceptionsJobs, backchannelLogoutJobs, signInRequestJobs } from '../provider/index.ts'
import {
  erasureJobs,
  removedKeptSeconds,
  sweepActivity,
  sweepContacts,
  sweepHolds,
  settleTold,
} from '../people/accounts/index.ts'
import { sweepSignals, tellPurged } from '../consent/signals/index.ts'
import { tellOverdue } from '../consent/stops/index.ts'
import { closeUnused, endWaits } from '../pages/my-access/index.ts'
import { remindOfQuestions, sweepRepeatedQuestions, sweepDrafts } from '../consent/asking/index.ts'
import {
  expiryJobs,
  makeNotary,
  reminderJobs as consentReminders,
  sealUnsealed,
} from '../consent/record/index.ts'
import { countMonths } from '../consent/figures/index.ts'
import { publishMonths } from '../pages/open-data/index.ts'
import { closeDays, sweepDenies, sweepKeys } from '../consent/decisions/index.ts'
import type { Eraser } from '../consent/erasure/index.ts'
import { eraseByTime, forgetContent } from '../consent/erasure/index.ts'
import {
  makeAddressMarks,
  opensAccess,
  sweepCounterCodes,
  sweepEnrolments,
  sweepProposals,
  sweepSetAside,
} from '../signin/factors/index.ts'
import { keysJobs } from '../base/jobs/key-renewal-jobs.ts'
import { openMailer } from '../base/outbound/mailer.ts'
import { sweepServed } from '../base/observing/availability-store.ts'
import type { Sweeps } from '../base/jobs/sweep-jobs.ts'
import { sweepJobs } from '../base/jobs/sweep-jobs.ts'
import { sweepHeldTries } from '../base/web/limits/held-tries.ts'
import { sweepRateLimits } from '../base/web/limits/rate-counts.ts'
import { openTexter } from '../base/outbound/sms.ts'
import { walkPeople } from '../base/jobs/walk-jobs.ts'
import { partsNow } from './folds.ts'
import { renewalsOf } from './renewals.ts'
import { beginWalk } from '../ledger/fold/index.ts'
import { announcePublic } from '../ledger/transparency-log/index.ts'
import { sweepAnswers } from '../api/me/index.ts'
import { notificationsJobs, sweepNotifications } from '../people/notifications/index.ts'
import {
  closeInquiries,
  disclosuresJobs,
  sweepTotals,
  unconfirmedJobs,
} from '../consent/disclosures/index.ts'
import { signinJobs, sweepAttempts } from '../signin/journey/index.ts'
import { verifierObject } from '../ledger/verifier/index.ts'
import { sweepUpstream } from '../signin/upstream/index.ts'
import { sweepChallenges } from '../webauthn/index.ts'

/** Begins when a worker starts, too. */
export const sealingJob = 'consent.seal'

export const timetable: Timetable = {
  'house.sweep': '7 * * * *',
  'consent.expire': '22 * * * *',
  'accounts.erase': '52 * * * *',
  'accounts.end-waits': '57 * * * *',
  'content.erase': '37 * * * *',
  // Midnight in Québec is at a full hour in UTC: the run of half past closes the day, and those until four go on with it.
  [sealingJob]: '42 * * * *',
  'decisions.close': '32 * * * *',
  // After the denies of the same day.
  'inquiries.close': '34 * * * *',
  // 13:41 UTC is morning in Québec.
  'consent.remind': '41 13 * * *',
  'questions.remind': '46 13 * * *',
  'sendings.tell': '*/10 * * * *',
  'keys.renew': '17 * * * *',
  'stops.overdue': '27 * * * *',
  // 12:11 UTC is morning in Québec.
  'services.exceptions': '11 12 * * *',
  'accounts.unused': '47 12 * * *',
  'notifications.probe': '*/5 * * * *',
  'reports.unconfirmed': '*/10 * * * *',
  'log.announce': '*/10 * * * *',
  // 7:19 UTC is night in Québec.
  'ledger.fold': '19 7 * * *',
  // After the fold, and before the day's first readers.
  'figures.count': '23 9 * * *',
  // After the count of the same day.
  'open-data.publish': '53 9 * * *',
}
const activityKeptSeconds = 396 * 24 * 3600 // 13 months
const daySeconds = 24 * 3600
const notificationsKeptSeconds = 90 * daySeconds
const countedKeptSeconds = 800 * daySeconds // longer than counts are published: 24 months and the current one
const draftsKeptSeconds = 4 * 3600 // as long as a visit lasts

// Deletes the holds, and the factors set aside, of recoveries whose hold ended before this instant.
async function sweepRecoveries(db: Database, before: Date): Promise<number> {
  return (await sweepHolds(db, before)) + (await sweepSetAside(db, before))
}

/** The jobs beside the requests: they send messages, write ends, sweep old rows and erase content. */
export function jobsOf(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
  databaseUrl: string,
): Jobs {
  const { db, clock, config, log, keys } = foundation
  const { vault, pairwise } = context
  const eraser: Eraser = { vault, pairwise, statements: foundation, issuer: config.issuer }
  const carriers = { email: openMailer(config), sms: openTexter(config) }
  const addressMarks = makeAddressMarks(keys.data)
  const aDayAgo = () => later(clock(), -daySeconds)
  const sweeps: Sweeps = {
    provider: provider.sweep,
    challenges: () => sweepChallenges(db, aDayAgo()),
    attempts: () => sweepAttempts(db, aDayAgo()),
    upstream: () => sweepUpstream(db, aDayAgo()),
    enrolments: () => sweepEnrolments(db, aDayAgo()),
    counterCodes: () => sweepCounterCodes(db, aDayAgo()),
    proposals: () => sweepProposals(db, clock()),
    drafts: () => sweepDrafts(db, later(clock(), -draftsKeptSeconds)),
    askedAgain: () => sweepRepeatedQuestions(db, later(clock(), -countedKeptSeconds)),
    rateLimits: () => sweepRateLimits(db, clock),
    heldTries: () => sweepHeldTries(db, clock),
    keys: () => sweepKeys(db, aDayAgo()),
    answers: () => sweepAnswers(db, aDayAgo()),
    activity: () => sweepActivity(db, later(clock(), -activityKeptSeconds)),
    denies: () => sweepDenies(db, later(clock(), -activityKeptSeconds)),
    inquiries: () => sweepTotals(db, later(clock(), -activityKeptSeconds)),
    recoveries: () => sweepRecoveries(db, aDayAgo()),
    contacts: () => sweepContacts(db, later(clock(), -removedKeptSeconds)),
    served: () => sweepServed(db, later(clock(), -activityKeptSeconds)),
    signals: () => sweepSignals({ db, clock, log }),
    givenUp: () => sweepGivenUp(db, later(clock(), -activityKeptSeconds)),
    notifications: () => sweepNotifications(db, later(clock(), -notificationsKeptSeconds)),
  }
  return {
    ...backchannelLogoutJobs(provider.logoutToken, config.outboundAllow, (jti, outcome) =>
      settleTold(db, jti, outcome, clock()),
    ),
    ...signInRequestJobs(foundation, vault.seals, context.live),
    ...notificationsJobs(foundation, carriers, (...of) => opensAccess(db, addressMarks, ...of)),
    ...signinJobs(foundation),
    ...keysJobs(foundation, renewalsOf(keys)),
    ...exceptionsJobs(foundation, context.live),
    ...unconfirmedJobs(context, clock),
    ...accountsJobs(foundation, provider, context, eraser),
    ...ledgerJobs(foundation, context),
    ...figuresJobs(foundation, context, databaseUrl),
    'content.erase': async () => {
      await eraseByTime(db, eraser, clock(), log)
    },
    ...reminderJobs(foundation, context),
    ...sweepJobs(db, sweeps),
  }
}

/** What people asked to be told of: the end of a sharing, a question that waits, new sendings. */
function reminderJobs({ db, clock, log }: Foundation, { live }: DecisionContext): Jobs {
  return {
    'stops.overdue': () => tellOverdue({ db, log, live }, clock()),
    ...disclosuresJobs({ db, clock, log }),
    ...consentReminders({ db, log }, clock),
    ...walkPeople(db, 'questions.remind', (from) => remindOfQuestions({ db, log }, clock(), from)),
  }
}

/** What time alone brings about, written into people's chains; what the log announces; the walk that compares rows. */
function ledgerJobs({ db, clock, config, log }: Foundation, context: DecisionContext): Jobs {
  const { vault } = context
  return {
    ...expiryJobs({ db, vault, log }),
    'decisions.close': async () => {
      await closeDays(db, vault, clock(), log)
    },
    'inquiries.close': async () => {
      await closeInquiries({ db, vault, live: context.live, log }, clock())
    },
    'log.announce': async () => {
      await announcePublic(db, config.issuer, [verifierObject], clock())
    },
    'ledger.fold': () => beginWalk(db, clock()),
    ...walkPeople(db, sealingJob, async (from) =>
      sealUnsealed(db, { vault, parts: await partsNow(context), log }, from),
    ),
  }
}

/** Counts what is shown to everybody, over a connection that may take its time. */
function figuresJobs(
  { db, log, clock, config }: Foundation,
  { vault, live }: DecisionContext,
  databaseUrl: string,
): Jobs {
  return {
    'open-data.publish': async () => {
      const { session, close } = await openSession(databaseUrl)
      const { seals } = vault
      const parts = { db, seals, issuer: config.issuer, register: live.current(), log }
      try {
        await publishMonths(parts, session, clock())
      } finally {
        await close()
      }
    },
    'figures.count': async () => {
      const { session, close } = await openSession(databaseUrl)
      try {
        await countMonths({ db, vault, log }, session)
      } finally {
        await close()
      }
    },
  }
}

function accountsJobs(
  foundation: Foundation,
  { sessions }: OpenProvider,
  { live, vault }: DecisionContext,
  eraser: Eraser,
): Jobs {
  const { db, clock, log } = foundation
  const parts = { notary: makeNotary(foundation, live, vault), sessions, log }
  return {
    ...walkPeople(db, 'accounts.unused', (from) =>
      closeUnused(db, parts, live.current(), clock(), { from }),
    ),
    'accounts.end-waits': () => endWaits(db, { vault, log }, clock()),
    ...erasureJobs({ db, log, seals: vault.seals }, clock, (now) => [
      // First, while it is known which bodies had to do with her.
      tellPurged,
      forgetContent(eraser, now),
      ...forgets,
    ]),
  }
}
