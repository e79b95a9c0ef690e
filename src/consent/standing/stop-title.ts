import { joinNames } from '../../base/web/lists.ts'
import type { Purpose } from '../../registry/index.ts'
import { toBody } from '../../registry/index.ts'
import type { Datum } from './sentences.ts'
import type { Speaker } from './sentence-text.ts'
import { bodyIn, dataIn, purposeIn } from './sentence-text.ts'

/** Named while they are so few, then counted: the page lists them. */
const mostNamed = 3

/** « Arrêter d’envoyer votre revenu net à l’Aide aux études, pour calculer votre bourse? » Pure. */
export function stopTitle(
  recipient: number,
  about: readonly Datum[],
  purpose: Purpose,
  speaker: Speaker,
): string {
  const { words, register, language } = speaker
  const categories = about.map(({ category }) => category)
  const { body } = bodyIn(register, recipient, language, false)
  return words.t(language, 'my-sharing.stop.title', {
    what:
      categories.length <= mostNamed
        ? joinNames(dataIn(categories, undefined, speaker), language)
        : words.t(language, 'consent.ask.items', { count: categories.length }),
    recipient: toBody(body, language),
    purpose: purposeIn(purpose, speaker),
  })
}
