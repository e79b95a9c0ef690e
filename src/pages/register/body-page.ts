import { contactsOf, fileOf } from '../../registry/index.ts'
import { rightOf } from './agreement-words.ts'
import { yearAt } from '../open-data/index.ts'
import type { ListedObject } from './entries.ts'
import { stateOf } from './entries.ts'
import { basisValues, peopleConcerned } from './facts-of-agreements.ts'
import type { RegisterSaying } from './list-pages.ts'
import { rowOf } from './list-pages.ts'
import { pathOf } from './lists.ts'
import type { BodyAgreement, BodyPage } from './pages.ts'
import { makeTeller } from './fact-builder.ts'

const mostShown = 100

/** What a body may receive and send today, about whom, and by which right; undefined: the register has no such body. */
export function bodyPage(id: string, saying: RegisterSaying): BodyPage | undefined {
  const { copy, base, language, register, now } = saying
  const entry = copy.find('organisations', id)
  if (entry?.object === undefined) return undefined
  const file = fileOf('organisation', entry.object.latest)
  const live = copy.listed('agreements').filter((one) => stateOf(one, register, now) === 'in_force')
  const shown = (of: 'holder' | 'recipient') =>
    live
      .filter(({ found }) => found?.[of] === id)
      .slice(0, mostShown)
      .flatMap((one) => agreementIn(one, saying) ?? [])
  return {
    name: file.name[language],
    state: stateOf(entry, register, now),
    receives: shown('recipient'),
    sends: shown('holder'),
    services: [...register.services.values()]
      .filter(({ orgId }) => orgId === id)
      .map(({ name, description }) => ({ name: name[language], about: description?.[language] })),
    contacts: contactsOf([register.organisation(id)], language),
    policyHref: file.policy_url,
    complaintHref: file.complaint_url,
    recordHref: base + pathOf('organisations', id),
    pastHref: `${base}/register/agreements?recipient=${id}`,
    communicationsHref: `${base}/register/67.3/${id}`,
    yearHref: `${base}/register/12.17/${id}/${yearAt(now.day)}`,
  }
}

function agreementIn(entry: ListedObject, saying: RegisterSaying): BodyAgreement | undefined {
  const { language, register, words } = saying
  const { no } = entry.object?.latest ?? {}
  const agreement = no === undefined ? undefined : register.agreementByNo(no)
  if (agreement === undefined) return undefined
  const tell = makeTeller(saying)
  const { legalBasis: basis, law, until } = agreement
  return {
    ...rowOf(entry, saying),
    right: rightOf(agreement),
    why: agreement.purposes.flatMap((ref) => register.purpose(ref)?.label[language] ?? []),
    who: peopleConcerned(basis, tell),
    basis: basisValues(basis, law, tell),
    until:
      until === undefined
        ? undefined
        : words.t(language, 'register.body.until', { date: tell.day(until) ?? '' }),
  }
}
