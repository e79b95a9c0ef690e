import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { AccessContext } from './context.ts'
import { alarmsOf } from './alarms.ts'
import { serviceLines, sessionLines, waysInOf } from './overview.ts'
import type { AccessPage } from './pages.ts'
import { protectionOf } from './protection.ts'
import { requestLines } from './request-lines.ts'

/** How her access stands, as « Mon accès » says it, without what only that page holds. */
export type AccessAtAGlance = Pick<
  AccessPage,
  'alarms' | 'protection' | 'sessions' | 'services' | 'requests'
>

export async function accessAtAGlance(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
): Promise<AccessAtAGlance> {
  const services = await serviceLines(context, who, language)
  return {
    alarms: await alarmsOf(context, who, language),
    protection: protectionOf(await waysInOf(context, who, language)),
    sessions: await sessionLines(context, who, language),
    services: services.toSorted((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime()),
    requests: await requestLines(context, who.personId, language),
  }
}
