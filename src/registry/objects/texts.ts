import { languages } from '../../base/values/languages.ts'
import { isDeepStrictEqual } from 'node:util'
import { dayOf } from '../../base/values/calendar.ts'
import { dataOf } from './free-choice.ts'
import type { Fault } from './file-faults.ts'
import { unknownReference, faultIf } from './file-faults.ts'
import { requiresConsent } from './legal-bases.ts'
import { idOf } from './file-fields.ts'
import type { Agreement, ConsentText, Purpose } from './objects.ts'
import type { Shelves } from './object-index.ts'
import { namesOf, plainFaults } from './plain-lines.ts'
import { mediaFaults } from '../media/media-faults.ts'

/** The faults of a text by itself, whatever its earlier version. Pure. */
export function textFaults(text: ConsentText, world: Shelves): Fault[] {
  const purpose = world.purpose.find(text.purpose)
  const agreement = world.agreement.find(text.agreement)
  if (purpose === undefined || agreement === undefined)
    return [
      ...unknownReference(world.purpose, text.purpose, ['purpose_id']),
      ...unknownReference(world.agreement, text.agreement, ['agreement_id']),
    ]
  return [
    ...faultIf(
      !agreement.purposes.includes(purpose.ref),
      ['purpose_id'],
      `${purpose.ref} is not a purpose of ${agreement.ref}`,
    ),
    // A page with such a text ends in two buttons, and the refusal would do nothing (docs/design/domain.md#i33).
    ...faultIf(
      !requiresConsent(agreement),
      ['agreement_id'],
      `${agreement.ref} rests on the law: nobody may be asked for what a refusal would not change`,
    ),
    ...faultIf(
      text.previous !== undefined && !isBefore(text.previous, text),
      ['previous_version'],
      `${text.previous} is no earlier version of ${text.id}`,
    ),
    ...faultIf(
      text.approvedOn !== undefined && text.short === undefined,
      ['short'],
      'short is missing: the page says it above its buttons, so an approved text has it',
    ),
    ...conditionalFaults(text, purpose),
    ...placeholderFaults(text, purpose, agreement),
    ...plainFaults(text, { purpose, agreement, world }),
    ...mediaFaults(text, (language) => namesOf({ agreement, world }, language)),
    ...rivals(text, world),
  ]
}

function isBefore(ref: string, { id, version }: ConsentText): boolean {
  return idOf(ref) === id && Number(ref.split('@')[1]) < version
}

function conditionalFaults({ blocks }: ConsentText, purpose: Purpose): Fault[] {
  const isOffered = Object.values(purpose.necessity).includes('optional')
  const isLimited = purpose.frequencyLimit !== undefined
  const has = (role: string) => blocks.some((block) => block.role === role)
  return [
    ...faultIf(
      has('optional_items') !== isOffered,
      ['blocks'],
      `optional_items stands where ${purpose.ref} has an optional category, and only there`,
    ),
    ...faultIf(
      has('how_often') !== isLimited,
      ['blocks'],
      `how_often stands where ${purpose.ref} has a frequency_limit, and only there`,
    ),
  ]
}

const limits = ['{count}', '{period}']
// These placeholders show the limits of a request: nothing else on the page does.
const dueIn: Readonly<Record<string, readonly string[]>> = {
  how_long: ['{until}'],
  how_often: limits,
}

function placeholderFaults(
  { blocks }: ConsentText,
  { frequencyLimit }: Purpose,
  { datasets }: Agreement,
): Fault[] {
  const categories = datasets.flatMap((item) => item.categories)
  const known = new Set([
    '{until}',
    ...(frequencyLimit === undefined ? [] : limits),
    ...categories.map((category) => `{example.${category}}`),
  ])
  return blocks.flatMap(({ role, ...words }, i) => {
    const inBoth = languages.map((language) => {
      const found = placeholdersIn(words[language])
      const path = ['blocks', i, language]
      const wrong = found
        .filter((item) => !known.has(item) && dueIn[role]?.includes(item) !== true)
        .map((item) => ({
          path,
          message: `${role}.${language} has ${item}, which is no placeholder of this text`,
        }))
      const missing = (dueIn[role] ?? [])
        .filter((item) => !found.includes(item))
        .map((item) => ({ path, message: `${role}.${language} must say ${item}` }))
      return { found: new Set(found), faults: [...wrong, ...missing] }
    })
    const [fr, en] = inBoth
    const faults = inBoth.flatMap((item) => item.faults)
    if (faults.length > 0 || isDeepStrictEqual(fr?.found, en?.found)) return faults
    const message = `${role} has not the same placeholders in French and in English`
    return [{ path: ['blocks', i], message }]
  })
}

// Unbalanced braces are found too.
function placeholdersIn(words: string): string[] {
  return [...words.matchAll(/\{[^{}\n]*\}|[{}]/g)].map(([found]) => found)
}

// Two texts for one purpose and agreement: which of them is shown would be undefined.
function rivals(text: ConsentText, world: Shelves): Fault[] {
  return world.text.all
    .filter((other) => other.id !== text.id && other.purpose === text.purpose)
    .filter((other) => idOf(other.agreement) === idOf(text.agreement))
    .map((other) => ({
      path: ['purpose_id'],
      message: `${other.ref} is a text of ${text.purpose} and ${idOf(text.agreement)} too`,
    }))
}

/** Pure. @param now the day on which it is applied */
export function approvalFaults({ approvedOn }: ConsentText, now: Date): Fault[] {
  const isAhead = approvedOn !== undefined && approvedOn > dayOf(now)
  return faultIf(
    isAhead,
    ['approved_on'],
    `${approvedOn} has not come yet: leave it out until it is`,
  )
}

/** The faults of a new version of a text beside the version before. Pure. */
export function successionFaults(before: ConsentText, text: ConsentText, world: Shelves): Fault[] {
  const changed = changedTerms(before, text, world)
  const path = ['material_change']
  return [
    ...faultIf(
      text.previous !== before.ref,
      ['previous_version'],
      `previous_version must be ${before.ref}, which the register has`,
    ),
    ...faultIf(
      text.isMaterial === undefined,
      path,
      `material_change must say whether more than the wording of ${before.ref} changes`,
    ),
    ...faultIf(
      text.isMaterial === false && changed.length > 0,
      path,
      `material_change must be true: since ${before.ref} there is another ${changed.join(', ')}`,
    ),
    // A consent names the version of its purpose: only a new version of the purpose has people asked again.
    ...faultIf(
      text.isMaterial === true && changed.length === 0 && text.purpose === before.purpose,
      path,
      `a material change needs a new version of ${text.purpose}, or those who allowed it are never asked again`,
    ),
  ]
}

function changedTerms(before: ConsentText, text: ConsentText, world: Shelves): string[] {
  const [was, is] = [termsOf(before, world), termsOf(text, world)]
  if (was === undefined || is === undefined) return []
  return Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]))
}

function termsOf(
  { purpose: purposeRef, agreement: agreementRef }: ConsentText,
  { purpose: purposes, agreement: agreements }: Shelves,
): Readonly<Record<string, unknown>> | undefined {
  const [purpose, agreement] = [purposes.find(purposeRef), agreements.find(agreementRef)]
  if (purpose === undefined || agreement === undefined) return undefined
  return {
    holder: agreement.holder,
    recipient: agreement.recipient,
    purpose: purpose.id,
    'set of categories': [purpose.necessity, dataOf(agreement).toSorted()],
    duration: [purpose.defaultDuration, purpose.maxDuration],
    limit: [purpose.frequencyLimit, purpose.maxUses],
    'refusal consequence': purpose.refusalConsequence,
  }
}
