import { categoriesIn, isWithin, maskOf } from '../consent/index.ts'
import type { Language } from '../foundation/pages.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Words } from '../foundation/words.ts'
import type { ConsentText, Register } from '../registry/index.ts'
import type { Block, CategoryLine, Run, TermsPage } from './pages.ts'
import type { RequestRow } from './rows.ts'

const fingerprintLength = 8

/** The register objects of a request. @throws Refusal when the register has lost one, which versions never do */
export function objectsOf(row: RequestRow, register: Register) {
  const agreement = register.agreementByNo(row.agreement)
  const purpose = register.purposeByNo(row.purpose)
  const dataset = register.datasetByNo(row.dataset)
  const text = register.textByNo(row.text)
  if (!agreement || !purpose || !dataset || !text) throw new Refusal('consent.expired', 410)
  return { agreement, purpose, dataset, text }
}

/** Which of the categories asked for are sensitive. */
export function sensitiveOf(row: RequestRow, register: Register): bigint {
  const { dataset } = objectsOf(row, register)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  return maskOf(
    dataset,
    asked.filter((id) => register.category(id)?.sensitivity !== 'ordinary'),
  )
}

/** The words of a request, the same each time for one request and language: their HTML is hashed. */
export function termsPage(
  row: RequestRow,
  register: Register,
  language: Language,
  words: Words,
): TermsPage {
  const { agreement, dataset, text } = objectsOf(row, register)
  const values = {
    until: words.date(language, noonOf(row.validUntilLocal)),
    count: String(row.frequencyCount ?? ''),
    period:
      row.frequencyPer === null
        ? ''
        : words.t(language, 'consent.terms.period', { per: row.frequencyPer }),
  }
  const block = (role: string): Block =>
    runsOf(textOfBlock(text, role, language), (name) => fill(name, values, register, language))
  const hasOptional = row.categoriesOptional !== 0n
  const sensitive = sensitiveOf(row, register)
  const lines = (mask: bigint) =>
    categoriesIn(dataset, mask).map((id) => categoryLine(id, register, language))
  return {
    recipient: register.organisation(agreement.recipient)?.name[language] ?? agreement.recipient,
    holder: register.organisation(agreement.holder)?.name[language] ?? agreement.holder,
    blocks: {
      who_asks: block('who_asks'),
      who_gives: block('who_gives'),
      what: block('what'),
      optional_items: hasOptional ? block('optional_items') : undefined,
      why: block('why'),
      how_long: block('how_long'),
      how_often: row.frequencyCount === null ? undefined : block('how_often'),
      if_refuse: block('if_refuse'),
      if_accept: block('if_accept'),
      withdraw: block('withdraw'),
      rights_help: block('rights_help'),
      legal: block('legal'),
    },
    required: lines(row.categoriesRequired),
    optional: lines(row.categoriesOptional & ~sensitive),
    sensitive: lines(sensitive).map((line) => ({
      ...line,
      isOptional: isWithin(maskOf(dataset, [line.categoryId]), row.categoriesOptional),
    })),
    lastDay: row.validUntilLocal,
    agreement: agreement.ref,
    text: text.ref,
    fingerprint: text.sha256[language].toString('base64url').slice(0, fingerprintLength),
  }
}

function textOfBlock({ blocks, ref }: ConsentText, role: string, language: Language): string {
  const block = blocks.find((item) => item.role === role)
  if (block === undefined) throw new Error(`${ref} has no block ${role}`)
  return block[language]
}

function fill(
  name: string,
  values: Readonly<Record<string, string>>,
  register: Register,
  language: Language,
): string {
  const [kind = '', category] = name.split('.', 2)
  const found =
    category === undefined ? values[kind] : register.category(category)?.example[language]
  if (found === undefined) throw new Error(`a text names {${name}}, which is nothing`)
  return found
}

/** `plain **strong** plain`, its `{placeholders}` filled. */
export function runsOf(text: string, valueOf: (name: string) => string): Run[] {
  return text
    .split('**')
    .map((part, i) => ({
      words: part.replaceAll(/\{([\w.-]+)\}/g, (_, name: string) => valueOf(name)),
      isStrong: i % 2 === 1,
    }))
    .filter(({ words }) => words !== '')
}

function categoryLine(id: string, register: Register, language: Language): CategoryLine {
  const category = register.category(id)
  if (category === undefined) throw new Error(`the register has no category ${id}`)
  return {
    categoryId: id,
    label: category.label[language],
    description: category.description[language],
    example: category.example[language],
  }
}

// A day is written as itself in every zone of Québec.
function noonOf(day: string): Date {
  return new Date(`${day}T17:00:00Z`)
}
