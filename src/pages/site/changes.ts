import { dayOf, startOfDay } from '../../base/platform/calendar.ts'
import { highest, reaches } from '../../base/platform/levels.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { RegisterPage } from './pages.ts'

const shown = 50

type Read = Pick<
  Register,
  'signers' | 'signer' | 'changes' | 'organisation' | 'services' | 'identityProviders'
>

/** Who changes the register: the signers of today, and the last changes with who signed them and why. Then what services must do, and who else signs people in. */
export function registerPage(register: Read, language: Language, now: Date): RegisterPage {
  const today = dayOf(now)
  const names = (ref: string) => register.signer(ref)?.office[language] ?? ref
  const signers = register.signers.filter(
    ({ from, until }) => from <= today && (until === undefined || today <= until),
  )
  return {
    signers: signers.map(({ ref, organisation }) => ({
      office: names(ref),
      organisation: register.organisation(organisation)?.name[language] ?? organisation,
    })),
    isSigned: signers.length >= 2,
    changes: register.changes
      .toReversed()
      .slice(0, shown)
      .map(({ appliedAt, reason, signers: by, objects, ref }) => ({
        at: appliedAt,
        reason: reason[language],
        by: by.map(names),
        objects: objects.length,
        href: `/register/objects/change/${ref}.json`,
      })),
    services: [...register.services.values()]
      .map(({ name, organisationName, profile, exception, claims }) => ({
        name: name[language],
        organisation: organisationName[language],
        profile,
        claims: claims.map((claim) => ({ ...claim, purpose: claim.purpose[language] })),
        ...(exception && {
          exception: { until: startOfDay(exception.until), reason: exception.reason[language] },
        }),
      }))
      .toSorted((one, other) => one.name.localeCompare(other.name, language)),
    providers: [...register.identityProviders.values()]
      .map(({ name, issuer, ceiling, vouchesFor }) => ({
        name: name[language],
        host: new URL(issuer).host,
        isStrong: reaches(ceiling, highest),
        vouchesFor,
      }))
      .toSorted((one, other) => one.name.localeCompare(other.name, language)),
  }
}
