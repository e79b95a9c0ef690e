import { flowAnswers } from '../../../src/api/me/flow-answers.ts'
import { lawEdges } from '../../../src/api/me/picture.ts'
import { legendOf } from '../../../src/base/web/strands.ts'
import { makeViews } from '../../../src/base/web/views.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { OwnConsent } from '../../../src/consent/record/index.ts'
import type { SharingDeed } from '../../../src/consent/standing/index.ts'
import {
  dataOf,
  leadOf,
  sayAfter,
  sayBeside,
  sayEnds,
  sayNow,
  threadedLeadOf,
  whatStillFlows,
  whileChecked,
  wordsOf,
} from '../../../src/consent/standing/index.ts'
import { stillClaims } from '../../../src/consent/standing/flows-of-person.ts'
import { leftInWords } from '../../../src/ledger/verifier/index.ts'
import { bodyBlocks } from '../../../src/pages/my-sharing/bodies.ts'
import { lawFlows } from '../../../src/pages/my-sharing/law.ts'
import type { PortraitPage, SharingsPage, StopPage } from '../../../src/pages/my-sharing/pages.ts'
import { plainStop } from '../../../src/pages/my-sharing/plain-stop.ts'
import { portraitOf } from '../../../src/pages/my-sharing/portrait.ts'
import type { SharingInput } from '../../../src/pages/my-sharing/sharing-input.ts'
import { sharingView } from '../../../src/pages/my-sharing/sharings.ts'
import { stillBox } from '../../../src/pages/my-sharing/still-box.ts'
import type { Register } from '../../../src/registry/index.ts'
import space from '../../../views/my-space/space.sample.ts'
import sharingSample from '../../../views/my-sharing/sharing.sample.ts'
import sharings from '../../../views/my-sharing/sharings.sample.ts'
import stop from '../../../views/my-sharing/stop.sample.ts'
import { hourBefore, now, sharingOf } from '../../consent/standing/people.ts'
import type { Asking, Condition } from '../../consent/standing/people.ts'
import { conditions } from '../../consent/standing/people.ts'
import { sampleFrame, viewsFolder } from '../../support/pages.ts'

// Everything that somebody is shown of what flows about her, made of the same facts: her pages, the receipt of a stop, what she takes with
// her. Without a database: what a page reads of hers is given.

const words = makeWords()
const views = makeViews(words, viewsFolder)

export type GivenSharing = {
  readonly id: string
  readonly categories: readonly string[]
  readonly condition: Condition
  readonly lookback?: { readonly lookbackFrom: string; readonly lookbackTo: string } | undefined
}

export type GivenPerson = {
  readonly sharings: readonly GivenSharing[]
  readonly isWhole: boolean
  readonly isUntrusted: boolean
  /** Nothing is permitted to anybody. */
  readonly isHalted?: boolean
  /** What became of the only service with which a holder asks. */
  readonly asking?: Asking
  readonly waiting: number
  /** How many days ago something was permitted by law, for whatever purpose. */
  readonly permitted: readonly number[]
}

const dayMs = 86_400_000

/**
 * What the rooms read of such a person.
 * @param ids of her sharings; another register has other numbers for its objects
 */
export function factsOf(person: GivenPerson, register: Register, ids: readonly string[] = []) {
  // Of an agreement that this register does not have nobody was asked.
  const given = person.sharings.filter(({ id }) => register.agreement(id) !== undefined)
  const consents = given.map(({ id, categories, condition, lookback }, n): OwnConsent => {
    const known = ids[n] === undefined ? {} : { consentId: ids[n] }
    return {
      ...sharingOf(register, id, categories, { ...conditions[condition], ...lookback, ...known }),
      declined: 0n,
      grantedAt: hourBefore,
      isChange: false,
    }
  })
  const { isWhole, isUntrusted, permitted } = person
  const uses = permitted.map((days) => new Date(now.getTime() - days * dayMs))
  const isHalted = person.isHalted === true
  const answers = { consents, isWhole }
  return { consents, answers, isUntrusted, isHalted, usesByLaw: () => uses }
}

export type Facts = ReturnType<typeof factsOf>
type Language = 'fr' | 'en'
type Names = { readonly register: Register; readonly language: Language }

/** The pages in which something is said of what flows, as HTML, and the rest as text. */
export function shownTo(
  facts: Facts,
  { waiting }: Pick<GivenPerson, 'waiting'>,
  { register, language }: Names,
) {
  const speaker = { words, register, language }
  const flows = whatStillFlows(facts, register, now)
  const said = sayNow(flows, { waiting, wasUsed: () => false }, now)
  const lead = leadOf(said, speaker)
  const known = knownOf(facts, speaker)
  const list: SharingsPage = {
    ...sharings.one(language),
    lead,
    isWhole: flows.isWhole,
    waiting: [],
    ended: [],
    lawfulBefore: [],
    blocks: bodyBlocks(known, speaker),
  }
  const strands = portraitOf(known, speaker, 'organisation')
  const portrait: PortraitPage = { lead, view: 'organisation', looks: legendOf(strands), strands }
  const home = { ...space.plain(language), waits: [], lead: threadedLeadOf(said, speaker) }
  const seen = { register, at: now }
  const mine = {
    may_flow: flowAnswers(flows, seen),
    edges: lawEdges([], facts.answers, flows, seen),
  }
  return {
    home: page('my-space/space', home, language),
    list: page('my-sharing/sharings', list, language),
    portrait: page('my-sharing/portrait', portrait, language),
    mine: JSON.stringify(mine),
  }
}

/** What she is shown of a stop of the first sharing: before it, after it, and in its receipt. */
export function shownOfStop(facts: Facts, { register, language }: Names) {
  const [consent] = facts.consents
  if (consent === undefined) return undefined
  const { consents } = facts
  const [view] = sharingView(consent, consents, { register, language, now })
  const purpose = register.purposeByNo(consent.purpose)
  if (view === undefined || purpose === undefined) return undefined
  const records = [consent.consentId]
  const deed: SharingDeed = { kind: 'stop', records }
  const flows = whatStillFlows({ ...facts, deed }, register, now)
  const data = dataOf(consent, register)
  // Nothing of these is read for the words.
  const reading = { words, register, language, now } as SharingInput
  const sent = { lastSentAt: undefined, isInquired: false }
  const ends = sayEnds(data, records, flows, purpose)
  const about = { data, records, others: consents, flows, said: ends, tense: 'future' } as const
  const before: StopPage = {
    ...stop.plain(language),
    ...sent,
    sharing: view,
    ends: wordsOf(ends, 'future', reading),
    still: stillBox(about, reading),
    checked: whileChecked(flows, reading),
    beside: wordsOf(sayBeside(data, flows), 'present', reading),
  }
  const sentences = wordsOf(sayAfter(data, records, flows, purpose), 'present', reading)
  const left = { sentences, still: undefined, stopped: 1 }
  const after = {
    ...sharingSample.plain(language),
    sharing: { ...view, ...sent },
    done: 'stopped',
    left,
  }
  const still = stillClaims(data, flows, register)
  const claims = { still, event: [{ event_time: now.toISOString() }] }
  const plain = plainStop({ data, records, flows, purpose }, sent, reading)
  const pages = {
    before: page('my-sharing/stop', before, language),
    plain: page('my-sharing/stop', { ...before, plain }, language),
    after: page('my-sharing/sharing', after, language),
    receipt: leftInWords(claims, language).lines.join(' '),
  }
  return { pages, sentences, still, data }
}

function page(template: string, values: object, language: Language): string {
  return views.render(template, values, sampleFrame(language, template))
}

/** What « Mes partages » is made of. */
export function knownOf(
  { consents, answers, ...facts }: Facts,
  { register, language }: Names,
  isUsed: (consent: OwnConsent) => boolean = () => false,
) {
  const reading = { register, language, now } as const
  const open = consents.flatMap((consent) =>
    sharingView(consent, consents, reading)
      .filter(({ state }) => state === 'active' || state === 'suspended')
      .map((sharing) => {
        const lastSentAt = isUsed(consent) ? hourBefore : undefined
        return { consent, sharing: { ...sharing, lastSentAt, isInquired: false } }
      }),
  )
  const lawful = lawFlows(reading, answers, [])
  return { open, lawful, flows: whatStillFlows({ ...facts, answers }, register, now) }
}
