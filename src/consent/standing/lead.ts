import { capital, joinNames } from '../../base/web/lists.ts'
import type { Thread } from '../../base/web/thread.ts'
import type { StillFlows } from './flows.ts'
import type { Receiver } from './receivers.ts'
import type { NamedSharing, NowSentence } from './say-now.ts'
import type { Speaker } from './sentence-text.ts'
import { numberWord } from './number-words.ts'
import { bodyIn, dataIn, joinNot, lastMoment } from './sentence-text.ts'

// The first sentences of her pages, in words.

/** In their order; `heldId`: the one sharing that others suspended, of which its page says why. */
export type Lead = { readonly sentences: readonly string[]; readonly heldId: string | undefined }

export function leadOf(sentences: readonly NowSentence[], speaker: Speaker): Lead {
  const held = sentences.flatMap((one) => (one.form === 'held' ? one.sharings : []))
  return {
    sentences: sentences.map((sentence) => sayOne(sentence, speaker)),
    heldId: held.length === 1 ? held[0]?.consentId : undefined,
  }
}

/** The same, where few receivers stand below their count, each with its thread. */
export type ThreadedLead = {
  /** Ends with the count. */
  readonly sentences: readonly string[]
  readonly threads: readonly Thread[]
  readonly beside: readonly string[]
  readonly heldId: string | undefined
}

export function threadedLeadOf(sentences: readonly NowSentence[], speaker: Speaker): ThreadedLead {
  const { words, language } = speaker
  const whole = leadOf(sentences, speaker)
  const at = sentences.findIndex(({ form }) => form === 'receivers')
  const said = sentences[at]
  const few = said?.form === 'receivers' && said.receivers.length <= mostNamed ? said.receivers : []
  const count = few.length
  const number = capital(numberWord(count, language))
  const counted =
    count === 0
      ? whole.sentences.slice(at, at + 1)
      : [words.t(language, 'standing.now.some-below', { count, number })]
  return {
    sentences: [...whole.sentences.slice(0, at), ...counted],
    threads: few.map((one) => {
      const body = capital(nameOf(one.body, speaker))
      return {
        state: one.isByChoice ? 'choice' : 'law',
        words: `${words.t(language, `standing.right.${rightOf(one)}`, { body })}.`,
      }
    }),
    beside: whole.sentences.slice(at + 1),
    heldId: whole.heldId,
  }
}

/** Said beside what a deed leaves while the law permits nothing about her; empty otherwise. */
export function whileChecked(
  { isWhole }: StillFlows,
  { words, language }: Pick<Speaker, 'words' | 'language'>,
): readonly string[] {
  return isWhole ? [] : [words.t(language, 'standing.now.changed')]
}

function sayOne(sentence: NowSentence, speaker: Speaker): string {
  const { words, language, register } = speaker
  switch (sentence.form) {
    case 'waiting':
      return words.t(language, 'standing.now.waiting', { count: sentence.count })
    case 'none-allowed':
    case 'changed':
      return words.t(language, `standing.now.${sentence.form}`)
    case 'receivers':
      return sayReceivers(sentence.receivers, sentence.isForNow, speaker)
    case 'paused':
    case 'held':
      return saySuspended(sentence, speaker)
    case 'ends': {
      const body = nameOf(sentence.body, speaker)
      const until = words.date(language, lastMoment(sentence.until))
      const said = sentence.isOne ? 'standing.now.ends-one' : 'standing.now.ends'
      return words.t(language, said, { body, until })
    }
    case 'limit': {
      const { isMany, ...named } = bodyIn(register, sentence.body, language, false)
      const said = isMany ? 'standing.now.limit-many' : 'standing.now.limit'
      return words.t(language, said, {
        ...named,
        data: joinNot(dataIn(sentence.categories, undefined, speaker), language),
        from: words.date(language, sentence.from),
        times: sentence.times,
      })
    }
  }
}

/** Named while they are so few, then counted by right. */
const mostNamed = 3

function sayReceivers(receivers: readonly Receiver[], isForNow: boolean, speaker: Speaker): string {
  const { words, language } = speaker
  const count = receivers.length
  const number = numberWord(count, language)
  if (count === 0)
    return words.t(language, isForNow ? 'standing.now.none-for-now' : 'standing.now.none')
  if (count <= mostNamed) {
    const named = receivers.map((one) =>
      words.t(language, `standing.right.${rightOf(one)}`, { body: nameOf(one.body, speaker) }),
    )
    const bodies = named.join('; ')
    return words.t(language, 'standing.now.some', { count, number: capital(number), bodies })
  }
  const choice = receivers.filter(({ isByChoice }) => isByChoice).length
  const law = receivers.filter(({ isByLaw }) => isByLaw).length
  const both = receivers.filter(({ isByChoice, isByLaw }) => isByChoice && isByLaw).length
  const right = law === 0 ? 'choice' : choice === 0 ? 'law' : 'both'
  return words.t(language, `standing.many.${right}`, {
    number: capital(number),
    choice: numberWord(choice, language),
    law: numberWord(law, language),
    both,
    common: numberWord(both, language),
  })
}

function rightOf({ isByChoice, isByLaw, isUnused }: Receiver): string {
  if (isByChoice) return isByLaw ? 'both' : 'choice'
  return isUnused ? 'law-unused' : 'law'
}

type Suspended = Extract<NowSentence, { form: 'paused' | 'held' }>

function saySuspended({ form, sharings, isNamed }: Suspended, speaker: Speaker): string {
  const { words, language } = speaker
  const count = sharings.length
  const number = capital(numberWord(count, language))
  const names = namesOf(sharings, speaker)
  return isNamed && names.length <= mostNamed
    ? words.t(language, `standing.now.${form}-at`, {
        count,
        number,
        bodies: joinNames(names, language),
      })
    : words.t(language, `standing.now.${form}`, { count, number })
}

function namesOf(sharings: readonly NamedSharing[], speaker: Speaker): readonly string[] {
  return [...new Set(sharings.map(({ body }) => body))].map((body) => nameOf(body, speaker))
}

function nameOf(body: number, { register, language }: Speaker): string {
  return bodyIn(register, body, language, false).body
}
