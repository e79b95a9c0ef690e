import type { Bilingual } from '../../base/values/languages.ts'
import type { Obstacle, PeriodObstacle } from '../record/index.ts'

/** Reasons of a deny: a closed list of those in use today. */
export type DenyReason =
  | Obstacle
  | 'CATEGORY_NOT_COVERED'
  | PeriodObstacle
  | 'CASE_MISSING'
  | 'PURPOSE_UNKNOWN'
  | 'AGREEMENT_MISMATCH'
  | 'CALLER_NOT_HOLDER'
  | 'REQUEST_ID_REUSED'
  | 'PERSON_UNKNOWN'
  | 'PERSON_DECEASED'
  | 'LEDGER_RESTORED'
  | 'LOG_BEHIND'
  | 'MALFORMED'
  | 'INTERNAL'

const unsaid: Bilingual = {
  fr: 'Ce partage n’est pas autorisé.',
  en: 'This sharing is not allowed.',
}

/** Sentences that a holder may show to the person. Reasons that concern only the body that asks have none. */
const toThePerson: Partial<Readonly<Record<DenyReason, Bilingual>>> = {
  NO_CONSENT: {
    fr: 'La personne n’a pas autorisé ce partage.',
    en: 'The person has not allowed this sharing.',
  },
  CONSENT_REVOKED: {
    fr: 'La personne a arrêté ce partage.',
    en: 'The person stopped this sharing.',
  },
  CONSENT_EXPIRED: { fr: 'Ce partage a pris fin.', en: 'This sharing has ended.' },
  CONSENT_SUSPENDED: { fr: 'Ce partage est en pause.', en: 'This sharing is paused.' },
  USES_EXHAUSTED: {
    fr: 'Ce partage a servi autant de fois que permis.',
    en: 'This sharing was used as often as allowed.',
  },
  FREQUENCY_EXCEEDED: {
    fr: 'Ce partage a servi autant de fois que permis pour la période.',
    en: 'This sharing was used as often as allowed for the period.',
  },
  LEDGER_RESTORED: {
    fr: 'Rien n’est envoyé pour le moment : nos données viennent peut-être d’une copie plus ancienne.',
    en: 'Nothing is sent for now: our data may come from an older copy.',
  },
  LOG_BEHIND: {
    fr: 'Rien n’est envoyé pour le moment : nous ne savons pas si ce que nous lisons est le plus récent.',
    en: 'Nothing is sent for now: we do not know whether what we read is the newest.',
  },
  RECORD_UNTRUSTED: {
    fr: 'Ce partage est arrêté : ce qui est gardé à son sujet doit être vérifié.',
    en: 'This sharing is stopped: what is kept about it must be checked.',
  },
  SUSPENDED_AT_ONCE: {
    fr: 'Ce partage est suspendu pour le moment : rien n’est envoyé.',
    en: 'This sharing is suspended for now: nothing is sent.',
  },
  CATEGORY_NOT_COVERED: {
    fr: 'Ce partage ne comprend pas tous ces renseignements.',
    en: 'This sharing does not cover all of this information.',
  },
}

/** Sentences for the holder's operators. */
const toOperators: Readonly<Record<DenyReason, string>> = {
  LEDGER_RESTORED:
    'The broker runs on an older copy of its database, or cannot tell that it does not: nothing is sent until that is clear. Ask again later.',
  LOG_BEHIND:
    'The broker’s log stands still, so that nobody can tell whether what it reads is the newest: nothing is sent until it goes on. Ask again later.',
  RECORD_UNTRUSTED:
    'What is kept, about this person or in the register, is not as the broker wrote it: nothing is sent until it is put right.',
  NO_CONSENT: 'No consent for this recipient, dataset version and purpose version.',
  CONSENT_REVOKED: 'The consent was revoked.',
  CONSENT_EXPIRED: 'The consent is over.',
  CONSENT_SUSPENDED: 'The consent is suspended.',
  USES_EXHAUSTED: 'Every use of the consent was counted.',
  FREQUENCY_EXCEEDED: 'The frequency limit is reached for now.',
  PURPOSE_RETIRED: 'The purpose is no longer published.',
  AGREEMENT_NOT_IN_FORCE: 'The agreement is not in force, or no longer covers this.',
  OUTSIDE_QUEBEC_NOT_ASSESSED:
    'The sharing leads outside Québec, and the agreement names no assessment of it (LAI 70.1).',
  ORGANISATION_SUSPENDED:
    'One of the two organisations is not active, or no service of the holder is that could ask.',
  SUSPENDED_AT_ONCE:
    'The agreement, one of the two organisations, or each service with which the holder could ask, was suspended at once; that ends by itself, or is lifted or prolonged: /status.json says until when. Ask again later.',
  CATEGORY_NOT_COVERED: 'Ask again for permitted_categories only.',
  PERIOD_MISSING: 'State resource.properties.period: only certain days are allowed.',
  PERIOD_NOT_COVERED: 'The period asked for is not within the one allowed.',
  CASE_MISSING: 'State context.case: this legal basis demands a case or order, and a role.',
  PURPOSE_UNKNOWN: 'The register has no such purpose.',
  AGREEMENT_MISMATCH: 'It rests on another agreement than the one named.',
  CALLER_NOT_HOLDER: 'The caller is not the holder of this dataset.',
  REQUEST_ID_REUSED: 'This request_id was used for another request, or its decision is over.',
  PERSON_UNKNOWN: 'The data subject is unknown.',
  PERSON_DECEASED: 'The data subject has died.',
  MALFORMED: 'The subject, the action or the resource is of an unknown type.',
  INTERNAL: 'The decision could not be made. Treat it as a deny and ask again later.',
}

/** Every reason, in the order of the alphabet. */
export const denyReasons: readonly string[] = Object.keys(toOperators).toSorted()

export function reasonUser(reason: DenyReason): Bilingual {
  return toThePerson[reason] ?? unsaid
}

export function reasonAdmin(reason: DenyReason): { en: string } {
  return { en: toOperators[reason] }
}

/** Whether asking the person again could help. */
export function isForThePerson(reason: DenyReason): boolean {
  return ['NO_CONSENT', 'CONSENT_REVOKED', 'CONSENT_EXPIRED', 'USES_EXHAUSTED'].includes(reason)
}
