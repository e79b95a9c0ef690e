import type { FileOf, LegalBasis } from '../../registry/index.ts'
import { legalBasis, mediaIn, mediaName, sectionsOf } from '../../registry/index.ts'
import type { Fact, FactValue, FactTeller } from './fact-builder.ts'

export function agreementFacts(file: FileOf<'agreement'>, tell: FactTeller): Fact[] {
  const { fact, said, day, t } = tell
  const { duration, outside_quebec: outside, law } = file
  const categories = [...new Set(file.datasets.flatMap((item) => item.categories))]
  return [
    ...fact('summary', 'who', peopleConcerned(file.legal_basis_id, tell)),
    ...fact('summary', 'right', basisValues(file.legal_basis_id, law, tell)),
    ...fact('summary', 'lasts', termOf(file, tell)),
    ...fact('summary', 'assessed', [
      file.pia_conclusion_date &&
        t('register.value.pia', { date: day(file.pia_conclusion_date) ?? '' }),
      file.cai_received_on && t('register.value.cai', { date: day(file.cai_received_on) ?? '' }),
    ]),
    ...fact('table', 'holder', tell.body(file.holder_org_id)),
    ...fact('table', 'recipient', tell.body(file.recipient_org_id)),
    ...fact('table', 'information', categories.map(tell.category)),
    ...fact(
      'table',
      'datasets',
      file.datasets.map((item) => tell.dataset(item.dataset_id)),
    ),
    ...fact('table', 'purposes', file.purposes.map(tell.purpose)),
    ...fact('table', 'periodicity', file.periodicity),
    ...fact('table', 'method', file.transmission_method),
    ...fact('table', 'security', said(file.security_measures_summary)),
    ...fact(
      'table',
      'shown-after',
      file.shown_after_days === undefined
        ? undefined
        : t('register.value.days', { count: file.shown_after_days }),
    ),
    ...fact('table', 'outside', outside && [outside.country, outside.pia_70_1]),
    ...fact('table', 'status', tell.value('status', file.status)),
    ...fact('table', 'ended-reason', file.ended_reason),
    ...fact('table', 'supersedes', file.supersedes && tell.agreement(file.supersedes)),
    ...fact('specialists', 'pia-reference', file.pia_reference),
    ...fact('specialists', 'cai-sent', day(file.cai_sent_on)),
    ...fact('specialists', 'begins', day(duration.from)),
    ...fact('specialists', 'document', tell.outside(file.document_url)),
    ...fact('specialists', 'document-sha256', file.document_sha256),
    ...fact('specialists', 'redaction', file.redaction_note),
  ]
}

/** About whom: those who say yes, or those whom the law means. */
export function peopleConcerned(basisId: string, { t }: FactTeller): string {
  const basis = legalBasis(basisId)
  if (basis?.requiresConsent === true) return t('register.who.consent')
  return basis?.demandsCase === true ? t('register.who.case') : t('register.who.law')
}

/** The basis, then the law itself, or the sections of the basis where no law is named. */
export function basisValues(
  basisId: string,
  law: FileOf<'agreement'>['law'],
  tell: FactTeller,
): FactValue[] {
  const basis = legalBasis(basisId)
  const { language } = tell
  const named =
    law === undefined
      ? sectionValues(basis, tell)
      : [
          {
            text: tell.t('register.value.law', {
              section: law.section,
              act: law.act[language],
            }),
            href: law.url[language],
          },
        ]
  return [tell.link('legal-bases', basisId, basis?.label[language]), ...named]
}

export function sectionValues(
  basis: LegalBasis | undefined,
  { language }: FactTeller,
): FactValue[] {
  if (basis === undefined) return []
  return sectionsOf(basis).map(({ words, href }) => ({
    text: words[language],
    href: href[language],
  }))
}

export function termOf(
  { duration, in_force_from: inForce = duration.from }: FileOf<'agreement'>,
  { day, t }: FactTeller,
): string {
  const from = day(inForce > duration.from ? inForce : duration.from) ?? ''
  return duration.until === undefined
    ? t('register.value.from', { from })
    : t('register.value.from-until', { from, until: day(duration.until) ?? '' })
}

/** A consent text: what the question said, block by block. */
export function textFacts(file: FileOf<'text'>, tell: FactTeller): Fact[] {
  const { fact, said, day } = tell
  const short = file.short
  const media = mediaIn(file.media, tell.language)
  return [
    ...fact('summary', 'purpose', tell.purpose(file.purpose_id)),
    ...fact('summary', 'agreement', tell.agreement(file.agreement_id)),
    ...fact('summary', 'approved', day(file.approved_on)),
    ...(short === undefined
      ? []
      : (['what', 'why', 'not_sent', 'if_yes', 'if_no'] as const).flatMap((name) =>
          fact('summary', `short-${name}`, said(short[name])),
        )),
    ...fact(
      'summary',
      'plain',
      file.plain?.map((line) => withoutMarks(line[tell.language])).join(' '),
    ),
    ...media.flatMap(({ captions, transcript }) =>
      fact('summary', captions === undefined ? 'media-sound' : 'media-film', transcript),
    ),
    ...file.blocks.flatMap(({ role, ...block }) =>
      fact('summary', `block-${role}`, withoutMarks(block[tell.language])),
    ),
    ...fact(
      'table',
      'asked-again',
      file.material_change === undefined ? undefined : tell.yesNo(file.material_change),
    ),
    ...fact(
      'specialists',
      'media-file',
      media.flatMap(({ file: film, captions }) =>
        [film, ...(captions ? [captions] : [])].map(mediaName),
      ),
    ),
    ...fact('specialists', 'reviewed', file.reviewed_by),
    ...fact('specialists', 'reading-level', said(file.reading_level)),
    ...fact('specialists', 'previous', file.previous_version),
  ]
}

// Each question puts its own day and number in the place of `{until}` and the like.
function withoutMarks(text: string): string {
  return text.replaceAll('**', '').replaceAll(/\{[\w.-]+\}/g, '…')
}

/** A legal basis, which is no file: what it demands. */
export function basisFacts(basis: LegalBasis, tell: FactTeller): Fact[] {
  const { fact, t, yesNo, language } = tell
  const { delay } = basis
  return [
    ...fact('summary', 'sections', sectionValues(basis, tell)),
    ...fact('summary', 'needs-yes', yesNo(basis.requiresConsent)),
    ...fact('summary', 'who', peopleConcerned(basis.id, tell)),
    ...fact('table', 'needs-agreement', yesNo(basis.requiresAgreement)),
    ...fact(
      'table',
      'cai-delay',
      basis.caiDelayDays === 0
        ? undefined
        : t('register.value.days', { count: basis.caiDelayDays }),
    ),
    ...fact('table', 'may-object', yesNo(basis.citizenMayObject)),
    ...fact('table', 'needs-case', yesNo(basis.demandsCase)),
    ...fact(
      'table',
      'shown-after-most',
      delay === undefined ? undefined : t('register.value.days', { count: delay.maxDays }),
    ),
    ...fact('table', 'cools', yesNo(basis.cools)),
    ...fact('specialists', 'why-not-asked', basis.plainExplanation[language]),
  ]
}
