import { daysBetween } from '../../base/values/calendar.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import { formToken } from '../../base/web/forms.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { keyRuleState } from '../../consent/record/index.ts'
import {
  changesOf,
  contactSeals,
  holdOf,
  isRecovered,
  judgedContacts,
} from '../../people/accounts/index.ts'
import { maskedAddress } from '../../people/notifications/index.ts'
import { alarmsOf } from './alarms.ts'
import type { AccessContext } from './context.ts'
import { deeds } from './deeds.ts'
import { deviceInWords } from '../../base/web/device.ts'
import { identityShown } from './identity-lines.ts'
import { serviceLines, sessionLines, waysInOf } from './overview.ts'
import type {
  AccessPage,
  ChangeLine,
  NearDay,
  OpenPlaces,
  ServiceLine,
  ToldAddress,
} from './pages.ts'
import { hasUntrusted, protectionOf, todoOf } from './protection.ts'
import { requestLines } from './waiting-lines.ts'
import { waitingWayLines } from './waiting-lines.ts'

const mostChanges = 3

/** How her access stands, as « Mon accès » and « Mon espace » say it. */
export type AccessAtAGlance = Pick<
  AccessPage,
  'alarms' | 'protection' | 'isDoubtful' | 'requests' | 'told' | 'open'
> & {
  /** Those that she used last come first. */
  readonly services: readonly ServiceLine[]
}

export async function accessAtAGlance(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
): Promise<AccessAtAGlance> {
  const services = await serviceLines(context, who, language)
  const ways = await waysInOf(context, who, language)
  const { isNamedTwice } = await identityShown(context, { personId: who.personId, language })
  return {
    alarms: await alarmsOf(context, who, language),
    protection: protectionOf(ways),
    isDoubtful: isNamedTwice || hasUntrusted(ways),
    requests: await requestLines(context, who.personId, language),
    told: await toldAddresses(context, who.personId),
    open: openPlaces(await sessionLines(context, who, language), context.foundation.clock()),
    services: services.toSorted((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime()),
  }
}

/** Everything that « Mon accès » shows. @param done the deed that led here, from the URL */
export async function accessPage(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
  done: string,
): Promise<AccessPage> {
  const { db, keys, clock } = context.foundation
  const { seals } = context.vault
  const { services, ...glance } = await accessAtAGlance(context, who, language)
  const held = await holdOf(db, seals, who.personId, clock())
  const hold = held && {
    since: held.since,
    until: held.until,
    isRecovered: isRecovered(held, who.factorIds),
  }
  const { waiting, heldBy } = await waitingWayLines(context, who, language)
  const { rule, event } = await keyRuleState(db, seals, who.personId)
  const stands = { ...glance, hold, heldBy, waiting: waiting.length }
  return {
    ...stands,
    csrf: formToken(keys, who.sessionUid),
    todo: todoOf(stands),
    services: {
      count: services.length,
      telling: services.filter(({ receives }) => receives !== undefined).length,
    },
    keyRule: { rule, since: event?.recordedAt },
    changes: await changeLines(context, who.personId, language),
    done: deeds.find((deed) => deed === done),
  }
}

async function changeLines(
  context: AccessContext,
  personId: string,
  language: Language,
): Promise<readonly ChangeLine[]> {
  const changes = await changesOf(context.foundation.db, personId, mostChanges)
  return changes.map(({ activityId, kind, at, device }) => ({
    id: writeId('act', activityId),
    kind,
    at,
    device: deviceInWords(context, language, device ?? ''),
  }))
}

async function toldAddresses(
  { foundation, vault }: AccessContext,
  personId: string,
): Promise<readonly ToldAddress[] | undefined> {
  const { db, keys, config } = foundation
  if (config.smtpUrl === undefined && config.smsGatewayUrl === undefined) return undefined
  const seals = contactSeals(keys)
  const contacts = await judgedContacts(db, vault.seals, personId)
  return contacts
    .filter(({ removedAt, isUntrusted }) => removedAt === null && !isUntrusted)
    .map(({ channel, sealed, contactId }) => ({
      channel,
      address: maskedAddress({ channel, address: seals.open(sealed, contactId) }),
    }))
}

function openPlaces(
  sessions: readonly {
    readonly device: string
    readonly lastSeenAt: Date
    readonly current: boolean
  }[],
  now: Date,
): OpenPlaces {
  const other = sessions.find(({ current }) => !current)
  return {
    count: sessions.length,
    other: other && {
      device: other.device,
      lastSeenAt: other.lastSeenAt,
      when: nearDay(other.lastSeenAt, now),
    },
  }
}

export function nearDay(at: Date, now: Date): NearDay {
  const days = daysBetween(at, now)
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : 'earlier'
}
