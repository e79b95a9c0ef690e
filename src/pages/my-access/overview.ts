import type { AccessContext } from './context.ts'
import { createHash } from 'node:crypto'
import { blocks, blocksOf } from '../../people/accounts/index.ts'
import { answersOf, givenClaims } from '../../consent/claims/index.ts'
import { connectionsOf } from '../../consent/record/index.ts'
import { findFactor, unusedCodes } from '../../signin/factors/index.ts'
import { joinNames } from '../../base/web/lists.ts'
import { formToken } from '../../base/web/forms.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { KeyLevel, Passkey } from '../../webauthn/index.ts'
import { levelThreeOf, passkeysOf, relyingPartyOf, securityKeysOf } from '../../webauthn/index.ts'
import type { PasskeyLine, PasswordLines, ServiceLine, SessionLine, WaysInPage } from './pages.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import { accountLine, blockLines, cardLine } from './account-lines.ts'
import { identityShown } from './identity-lines.ts'
import { deviceInWords } from '../../base/web/device.ts'
import { waitingWayLines } from './waiting-lines.ts'

/** Everything that « Entrer et revenir » shows. */
export async function waysInPage(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
): Promise<WaysInPage> {
  const { db, keys } = context.foundation
  const { personId } = who
  const providers = await context.upstream.providers()
  const blocked = await blocksOf(db, context.vault.seals, personId)
  return {
    csrf: formToken(keys, who.sessionUid),
    ...(await waitingWayLines(context, who, language)),
    ...(await identityShown(context, { personId, language })),
    ...(await waysInOf(context, who, language)),
    card: await cardLine(context, who),
    blocks: blockLines(blocked, context.upstream.known(), language),
    providers: [...providers.values()]
      .filter(({ issuer }) => !blocks(blocked, issuer))
      .map(({ id, name }) => ({ id, name: name[language] })),
  }
}

type WaysIn = Pick<WaysInPage, 'passkeys' | 'password' | 'accounts' | 'codesLeft'>

/** What opens her access. */
export async function waysInOf(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
): Promise<WaysIn> {
  const { db } = context.foundation
  const { seals } = context.vault
  await context.upstream.providers() // reads the register of now
  return {
    passkeys: await passkeyLines(context, who),
    password: await passwordLines(context, who),
    accounts: (await identitiesOf(db, seals, who.personId)).map((one) =>
      accountLine(one, who, context.upstream, language),
    ),
    codesLeft: await unusedCodes(db, seals, who.personId),
  }
}

/** Where her access is open: this session first, then the one that was seen last. */
export async function sessionLines(
  context: AccessContext,
  who: Pick<SignedInPerson, 'personId' | 'sessionUid'>,
  language: Language,
): Promise<SessionLine[]> {
  const sessions = await context.sessions.list(who.personId)
  return sessions
    .map((session) => ({
      id: sessionId(session.uid),
      device: deviceInWords(context, language, session.device) ?? session.device,
      since: session.signedInAt,
      lastSeenAt: session.lastSeenAt,
      current: session.uid === who.sessionUid,
    }))
    .toSorted(
      (a, b) =>
        Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime(),
    )
}

async function passwordLines(context: AccessContext, who: SignedInPerson): Promise<PasswordLines> {
  const { personId } = who
  const { db } = context.foundation
  const { seals } = context.vault
  const password = await findFactor(db, seals, 'password', personId)
  const totp = await findFactor(db, seals, 'totp', personId)
  return {
    password: password && {
      address: password.isUntrusted ? undefined : await context.passwords.addressOf(password),
      createdAt: password.createdAt,
      lastUsedAt: password.lastUsedAt ?? undefined,
      suspended: password.suspendedAt !== null,
      untrusted: password.isUntrusted,
      waits: password.waits !== undefined,
    },
    totp: totp && {
      createdAt: totp.createdAt,
      lastUsedAt: totp.lastUsedAt ?? undefined,
      suspended: totp.suspendedAt !== null,
      untrusted: totp.isUntrusted,
      waits: totp.waits !== undefined,
    },
    securityKeys: (await securityKeysOf(db, seals, personId)).map((key) => passkeyLine(key, who)),
  }
}

/** The services that she uses, each with what it is told of her. */
export async function serviceLines(
  context: AccessContext,
  { personId }: Pick<SignedInPerson, 'personId'>,
  language: Language,
): Promise<ServiceLine[]> {
  const { foundation, live, vault } = context
  const register = live.current()
  const connections = await connectionsOf(foundation.db, personId)
  const answers = await answersOf(foundation.db, vault.seals, { personId })
  return connections.flatMap(({ serviceId, firstUsedAt, lastUsedAt }) => {
    const service = register.anyService(serviceId)
    if (service === undefined) return [] // our own pages
    const isActive = register.services.has(serviceId)
    const said = answers.filter((answer) => answer.serviceId === serviceId)
    const names = givenClaims(isActive ? service.claims : [], said).map(({ name }) =>
      foundation.words.t(language, `claims.name.${name}`),
    )
    return [
      {
        id: serviceId,
        name: service.name[language],
        organisation: service.organisationName[language],
        isActive,
        firstUsedAt,
        lastUsedAt,
        receives: names.length === 0 ? undefined : joinNames(names, language),
      },
    ]
  })
}

async function passkeyLines(context: AccessContext, who: SignedInPerson): Promise<PasskeyLine[]> {
  const { levelThree, foundation, vault } = context
  const party = relyingPartyOf(foundation.config, { ...vault, log: foundation.log }, levelThree)
  const keys = await passkeysOf(foundation.db, vault.seals, who.personId)
  return Promise.all(
    keys.map(async (key) => passkeyLine(key, who, await levelThreeOf(foundation.db, party, key))),
  )
}

export function passkeyLine(
  key: Passkey,
  { factorIds }: Pick<SignedInPerson, 'factorIds'>,
  level?: KeyLevel,
): PasskeyLine {
  return {
    id: writeId('key', key.passkeyId),
    name: key.name,
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt ?? undefined,
    synchronised: key.backupState,
    current: factorIds.includes(key.passkeyId),
    suspended: key.suspendedAt !== null,
    untrusted: key.isUntrusted,
    waits: key.waits !== undefined,
    level,
  }
}

/** Names a session in a URL: its uid is part of grant ids and must not leave the server. */
export function sessionId(uid: string): string {
  return createHash('sha256').update(`session:${uid}`).digest('hex').slice(0, 32)
}
