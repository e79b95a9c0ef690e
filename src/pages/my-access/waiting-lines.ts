import { readId, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignInRequest } from '../../base/ports/ciba-port.ts'
import type { AccessContext } from './context.ts'
import type { RequestLine, SilenceLine, WaitLine, WaysInPage } from './pages.ts'

import type { SignedInPerson } from '../../base/web/person.ts'
import { joinNames } from '../../base/web/lists.ts'
import type { WaitingWay } from '../../people/accounts/index.ts'
import { contactSeals, judgedContacts, waitingWays } from '../../people/accounts/index.ts'
import { cardOf } from '../../signin/factors/index.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import { keysOf } from '../../webauthn/index.ts'
import { mayUndo, waitingId } from './undo-waits.ts'

// What was taken away and waits, in words.

/** Why a session is held, what says most first; else its way waits. */
const holding = ['decided', 'disputed'] as const

type Shown = Pick<WaysInPage, 'waiting' | 'heldBy'>

export async function waitingWayLines(
  context: AccessContext,
  who: Pick<SignedInPerson, 'personId' | 'factorIds'>,
  language: Language,
): Promise<Shown> {
  const { foundation, vault } = context
  const { db, clock, words } = foundation
  const { personId, factorIds } = who
  const waiting = await waitingWays(db, vault.seals, personId, clock())
  const own = waiting.filter(({ name }) => factorIds.includes(name))
  const names = await namesOf(context, personId, language)
  const denies = (one: WaitingWay) =>
    own.length > 0 && !one.by.every((factorId) => factorIds.includes(factorId))
  const byOf = ({ by }: WaitingWay) => {
    const known = by.map((id) => names.get(id) ?? undefined).filter((one) => one !== undefined)
    return known.length === 0 ? undefined : joinNames([...new Set(known)], language)
  }
  return {
    waiting: waiting.map(({ kind, name, ...one }) => ({
      id: waitingId({ kind, name }),
      kind: kind as WaitLine['kind'], // nothing else is let wait
      name:
        kind === 'codes'
          ? words.t(language, 'my-access.waiting.codes-of', {
              date: words.dateTime(language, new Date(name)),
            })
          : (names.get(name) ?? undefined),
      because: one.because,
      since: one.since,
      until: one.until,
      by: byOf({ kind, name, ...one }),
      denies: denies({ kind, name, ...one }),
      undoable: mayUndo(waiting, factorIds, { kind, name, ...one }),
    })),
    heldBy:
      own.length === 0
        ? undefined
        : (holding.find((cause) => own.some(({ because }) => because === cause)) ?? 'waiting'),
  }
}

/** What her ways in and addresses are called. */
async function namesOf(
  { foundation, vault, upstream }: AccessContext,
  personId: string,
  language: Language,
): Promise<ReadonlyMap<string, string>> {
  const { db, keys, words } = foundation
  const seals = contactSeals(keys)
  await upstream.providers() // reads the register of now
  const providers = [...upstream.known().values()]
  const found = new Map<string, string>()
  for (const key of await keysOf(db, vault.seals, personId)) found.set(key.passkeyId, key.name)
  for (const { factorId, issuer } of await identitiesOf(db, vault.seals, personId)) {
    const provider = providers.find((one) => one.issuer === issuer)
    found.set(factorId, provider?.name[language] ?? new URL(issuer).host)
  }
  const card = await cardOf(db, vault.seals, personId)
  if (card !== undefined)
    found.set(card.cardId, words.t(language, 'my-access.card.named', { last: card.lastFour }))
  for (const contact of await judgedContacts(db, vault.seals, personId))
    if (!contact.isUntrusted)
      found.set(contact.contactId, seals.open(contact.sealed, contact.contactId))
  return found
}

// Requests of services that she signs in there, as « Mon accès » says them.

export async function requestLines(
  context: AccessContext,
  personId: string,
  language: Language,
): Promise<RequestLine[]> {
  const waiting = await context.signInRequests.waiting(personId)
  return waiting.flatMap((request) => lineOf(context, request, language) ?? [])
}

export function lineOf(
  { live }: AccessContext,
  { requestId, serviceId, words, expiresAt }: SignInRequest,
  language: Language,
): RequestLine | undefined {
  const service = live.current().services.get(serviceId)
  return (
    service && {
      id: writeId('sir', requestId),
      service: service.name[language],
      organisation: service.organisationName[language],
      words: words[language],
      until: expiresAt,
    }
  )
}

export function requestIdOf(id: string): string | undefined {
  return readId('sir', id)
}

export async function silenceLines(
  { live, signInRequests }: AccessContext,
  personId: string,
  language: Language,
): Promise<SilenceLine[]> {
  const silences = await signInRequests.silences(personId)
  const register = live.current()
  return silences.map(({ orgId, silencedAt }) => ({
    orgId,
    organisation: register.organisation(orgId)?.name[language] ?? orgId,
    since: silencedAt,
  }))
}
