import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import { gateReopensAt } from '../../people/accounts/index.ts'
import type { HelpWay } from '../../people/mandates/index.ts'
import type { HelpView } from '../../people/helps/index.ts'
import {
  looksOf,
  settleHelp,
  termOf,
  waitingHelpCode,
  waitingHelpRequests,
} from '../../people/helps/index.ts'
import type { Register } from '../../registry/index.ts'
import type { AccessContext } from './context.ts'

/** What the template `my-access/get-help` receives. */
export type GetHelpPage = {
  readonly csrf: string
  /** Who sees with her; undefined: nobody does. */
  readonly help: UnderWay | undefined
  /** Digits that wait. They are shown once: undefined where that was before. */
  readonly code:
    | { readonly digits: string | undefined; readonly body: string; readonly until: Date }
    | undefined
  /** Desks that ask by telephone, the newest first. */
  readonly requests: readonly HelpRequest[]
  /** In this session nothing begins. */
  readonly isHeld: boolean
  readonly desks: readonly HelpDesk[]
}

export type UnderWay = {
  readonly body: string
  readonly way: HelpWay
  readonly until: Date
  /** What was opened, the newest first. */
  readonly looks: readonly { readonly what: HelpView; readonly at: Date }[]
}

export type HelpRequest = {
  /** `man_…`: the help that her yes opens. */
  readonly id: string
  readonly body: string
  /** The two words, in her language. */
  readonly words: string
  readonly until: Date
}

/** A body that keeps a desk. */
export type HelpDesk = { readonly id: string; readonly name: string; readonly hours: string }

type Reading = {
  readonly language: Language
  readonly origin: Origin
  readonly digits: string | undefined
}

export async function getHelpPage(
  { foundation, helps, live, vault }: AccessContext,
  { personId, sessionUid, factorIds }: SignedInPerson,
  { language, origin, digits }: Reading,
): Promise<GetHelpPage> {
  const { db, keys, clock } = foundation
  const register = await live.at(await registerEpoch(db))
  const nameOf = (id: string) => register.organisation(id)?.name[language] ?? id
  const help = await settleHelp(helps, { personId }, origin)
  const isHeld = await gateReopensAt(db, vault.seals, { personId, factorIds }, false, clock())
  const code = await waitingHelpCode(db, helps.seals.rows, personId, clock())
  const requests = await waitingHelpRequests(db, helps.seals, personId, clock())
  return {
    csrf: formToken(keys, sessionUid),
    help: help && {
      body: nameOf(help.organisation),
      way: help.desk.way,
      until: termOf(help).until,
      looks: await looksOf(db, helps.seals.rows, help.mandateId),
    },
    code: code && { digits, body: nameOf(code.organisation), until: code.expiresAt },
    requests: requests.map(({ helpId, organisation, words, expiresAt }) => ({
      id: writeId('man', helpId),
      body: nameOf(organisation),
      words: words[language],
      until: expiresAt,
    })),
    isHeld: isHeld !== undefined,
    desks: desksIn(register, language),
  }
}

/** The bodies that keep a desk, by their names. */
export function desksIn(register: Register, language: Language): readonly HelpDesk[] {
  return register.desks
    .map(({ id, name, desk }) => {
      const { hours } = present(desk, 'the desk of a body that keeps one')
      return { id, name: name[language], hours: hours[language] }
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
}
