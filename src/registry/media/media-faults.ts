import type { Language } from '../../base/values/languages.ts'
import type { Fault } from '../objects/file-faults.ts'
import { faultIf } from '../objects/file-faults.ts'
import type { ConsentText } from '../objects/objects.ts'
import type { NamedBody } from '../objects/plain-lines.ts'
import { dueWords, hasName } from '../objects/plain-lines.ts'
import { mediaIn, mediumLanguage } from './text-media.ts'

/**
 * The faults of the films and recordings of a text by what is said in them. A film has no places that a page could fill: what each request
 * has of its own is not said in it. Pure. @param bodies the two that the text is about
 */
export function mediaFaults(
  { media }: Pick<ConsentText, 'media'>,
  bodies: (language: Language) => readonly NamedBody[],
): Fault[] {
  return mediaIn(media).flatMap(({ kind, transcript: said }) => {
    const language = mediumLanguage[kind]
    const path = ['media', kind, 'transcript']
    const at = path.join('.')
    return [
      ...faultIf(
        /\d/.test(said),
        path,
        `${at} has a digit: the last day and how often are of each request, and the page says them`,
      ),
      ...bodies(language)
        .filter(({ name }) => !hasName(said, name))
        .map(({ name }) => ({ path, message: `${at} does not name ${name}` })),
      ...dueWords(language)
        .filter((due) => !due.said.test(said))
        .map(({ words }) => ({
          path,
          message: `${at} does not say ${words}: she can always say no, and stop later`,
        })),
    ]
  })
}
