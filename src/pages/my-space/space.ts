import { languagePrefixes } from '../../base/values/languages.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { consentsOf, registerEpoch } from '../../consent/record/index.ts'
import type { AccessContext } from '../my-access/index.ts'
import { accessAtAGlance, nearDay } from '../my-access/index.ts'
import { lastSending } from '../my-activity/index.ts'
import { leadNow } from './lead.ts'
import type { LastSent, SentSentence, SentVerb, SpacePage } from './pages.ts'
import type { SpaceReading } from './space-reading.ts'
import { bodyWords, dataWords } from './space-reading.ts'
import { waitsNow } from './waits.ts'

/** So many events stand in a panel each; the rest is one line. */
const mostAlarms = 2
const mostServices = 2

/** Everything that « Mon espace » shows, as it is at this moment: no figure is kept for it. */
export async function spacePage(
  context: AccessContext,
  who: SignedInPerson,
  language: Language,
): Promise<SpacePage> {
  const { foundation, live, vault } = context
  const { db, keys, clock, words } = foundation
  const { personId } = who
  const register = await live.at(await registerEpoch(db))
  const now = clock()
  const t: SpaceReading['t'] = (key, values) => words.t(language, key, values)
  const reading: SpaceReading = { who, register, language, words, now, t }
  const access = await accessAtAGlance(context, who, language)
  const answers = await consentsOf(db, vault.seals, personId)
  const waits = await waitsNow(context, reading, {
    consents: answers.consents,
    requests: access.requests,
    moreAlarms: Math.max(0, access.alarms.length - mostAlarms),
  })
  const waiting = waits.filter(({ what }) => what === 'question').length
  const found = await lastSending({ ...reading, db, vault, personId })
  return {
    csrf: formToken(keys, who.sessionUid),
    lead: await leadNow(context, reading, { answers, waiting }),
    alarms: access.alarms.slice(0, mostAlarms),
    waits,
    lastSent: found && lastSent(found, reading),
    protection: access.protection,
    told: access.told,
    open: access.open,
    services: access.services
      .slice(0, mostServices)
      .map(({ id, name, organisation }) => ({ id, name, what: organisation })),
  }
}

type Sending = NonNullable<Awaited<ReturnType<typeof lastSending>>>

function lastSent(
  { became, at, holder, recipient, what, askPath }: Sending,
  reading: SpaceReading,
): LastSent {
  const [sender, receiver] = [bodyWords(holder, reading), bodyWords(recipient, reading)]
  const base = languagePrefixes[reading.language]
  const sentences: Readonly<Record<Sending['became'], readonly SentSentence[]>> = {
    received: [by('sent', sender), by('confirms', receiver)],
    sent: [by('sent', sender), by('silent', receiver)],
    allowed: [by('may', sender), 'for'],
    unconfirmed: [by('could', sender), 'for'],
    unpermitted: [by('says', receiver)],
  }
  return {
    sentences: sentences[became],
    at,
    when: nearDay(at, reading.now),
    values: {
      holder: sender.values.begins,
      recipient:
        became === 'allowed' || became === 'unconfirmed'
          ? receiver.values.body
          : receiver.values.begins,
      data: dataWords(what, reading),
    },
    askHref: askPath === undefined ? undefined : `${base}${askPath}`,
  }
}

function by(verb: SentVerb, { isMany }: { readonly isMany: boolean }): SentSentence {
  return isMany ? `${verb}-many` : verb
}
