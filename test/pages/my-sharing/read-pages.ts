import { present } from '../../../src/base/values/present.ts'
import type { Answered } from '../../consent/standing/answered.ts'
import type { Register } from '../../../src/registry/index.ts'

// What pages say of who may receive what, read back from their HTML by the words and the looks that a reader has.

type Language = 'fr' | 'en'
type Names = { readonly register: Register; readonly language: Language }

/** « rien n’est envoyé », however it is said: true of nobody while anything may be, or something may be hidden. */
export const saysNothing =
  /(?:plus )?\brien (?:de plus |de nouveau |d’autre )?(?:n’est|ne sera|ne part|ne circule)|ne (?:reçoit|reçoivent) (?:plus )?rien|\bnothing (?:new |more |else |about you )*(?:is|will be|goes|leaves)\b|(?:gets|receives) nothing/i

/** What is written on a page, without its marks. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/[\s\u00a0]+/g, ' ')
}

/** The sentence at the top: each body with its rights, or from four on how many. */
export function receiversSaid(html: string, { register, language }: Names): readonly string[] {
  const [, lead = ''] =
    /<div class="head state">([\s\S]*?)<ul class="acts"/.exec(html) ??
    /<p class="lead">([\s\S]*?)<\/p>/.exec(html) ??
    []
  const text = textOf(lead)
  const counted = numbersIn(text, language)
  if (counted !== undefined) return [counted]
  return bodiesOf(register)
    .flatMap(({ nameInSentence, name }) => {
      const at = text
        .toLowerCase()
        .indexOf(`${nameInSentence[language]}, ${because[language]}`.toLowerCase())
      if (at === -1) return []
      const from = text.slice(at + nameInSentence[language].length)
      const [said = ''] = /^[^;.]*/.exec(from) ?? []
      return [`${name[language]} | ${rightsIn(said)}`]
    })
    .toSorted()
}

const because = { fr: 'parce que', en: 'because' }
const numbers = {
  fr: ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
}

function numbersIn(text: string, language: Language): string | undefined {
  const [, many = ''] =
    /(\S+) (?:organismes peuvent|organisations can) recei?v[^.]*? (?:vous|you)(?:,| :|: [a-z]+ because)/.exec(
      text,
    ) ?? []
  const count = numbers[language].indexOf(many.toLowerCase())
  if (count <= mostNamed) return undefined
  const of = (one: RegExp) =>
    Math.max(0, numbers[language].indexOf((one.exec(text)?.[1] ?? '').toLowerCase()))
  const isOne = /(?:vous|you), (?:parce que|because)/.test(text)
  const choice = isOne
    ? /, (?:parce que vous|because you)/.test(text)
      ? count
      : 0
    : of(/: (\S+) (?:parce que vous|because you)/)
  const law = isOne ? count - choice : of(/, (\S+) (?:parce que la loi|because the law)/)
  const common = of(/(?:dont|,) (\S+) (?:pour les deux|of them for both)/)
  return countsOf(count, choice, law, common)
}

const mostNamed = 3

function countsOf(count: number, choice: number, law: number, both: number): string {
  return `${count}: ${choice} by choice, ${law} by law, ${both} by both`
}

function rightsIn(said: string): string {
  const isChoice = /vous l’avez autorisé|you allowed it/.test(said)
  const isLaw = /la loi le permet|the law allows it/.test(said)
  return isChoice && isLaw ? 'both' : isLaw ? 'law' : 'choice'
}

/** The same of what bodies are answered. */
export function receiversOf(truth: readonly Answered[], names: Names): readonly string[] {
  const byBody = [...Map.groupBy(truth, ({ recipient }) => recipient)].map(([body, of]) => {
    const rights = new Set(of.map(({ right }) => right))
    return { body, right: rights.size > 1 ? 'both' : [...rights].join('') }
  })
  if (byBody.length <= mostNamed)
    return byBody.map(({ body, right }) => `${nameOf(body, names)} | ${right}`).toSorted()
  const of = (...some: readonly string[]) =>
    byBody.filter(({ right }) => some.includes(right)).length
  return [countsOf(byBody.length, of('choice', 'both'), of('law', 'both'), of('both'))]
}

/** « Mes partages »: each row that says that something may be sent now, a line a datum. */
export function rowsSaid(html: string, names: Names): readonly string[] {
  const found = html
    .split('<section class="body wide"')
    .slice(1)
    .flatMap((block) => {
      const body = textOf(/<h2[^>]*>([^<]*)/.exec(block)?.[1] ?? '').trim()
      return block
        .split('<article class="flow"')
        .slice(1)
        .flatMap((row) => {
          const [, state = ''] = /thread-(\w+)\.svg/.exec(row) ?? []
          const isLimited = /Limite atteinte|Limit reached/.test(row)
          if (!['choice', 'soon', 'law'].includes(state) || isLimited) return []
          const title = /<h3[^>]*>([^<]*)/.exec(row)?.[1] ?? ''
          const right = state === 'law' ? 'law' : 'choice'
          return labelsIn(title, names).map((label) => lineOf(body, label, right))
        })
    })
  return [...new Set(found)].toSorted()
}

/** The portrait: each bead that is filled. */
export function beadsSaid(html: string): readonly string[] {
  return html
    .split('<li class="strand')
    .slice(1)
    .flatMap((strand) => {
      const [, to = ''] = /class="to">(?:<span[^>]*>[^<]*<\/span>)?([^<]*)/.exec(strand) ?? []
      return [...strand.matchAll(/class="bead (choice|law)"><img[^>]*><span>([^<]*)/g)].map(
        ([, state = '', name = '']) => lineOf(textOf(to).trim(), textOf(name).trim(), state),
      )
    })
    .toSorted()
}

/** What she takes with her. */
export function takenSaid(json: string, { language }: Names): readonly string[] {
  const { may_flow } = JSON.parse(json) as { readonly may_flow: readonly Flow[] }
  const found = may_flow.map(({ to, category, by }) =>
    lineOf(to.name[language], category.name[language], by === 'law' ? 'law' : 'choice'),
  )
  return [...new Set(found)].toSorted()
}

type Named = { readonly name: Readonly<Record<Language, string>> }
type Flow = { readonly to: Named; readonly category: Named; readonly by: string }

/** The same of what bodies are answered. */
export function linesOf(truth: readonly Answered[], names: Names): readonly string[] {
  const found = truth.map(({ recipient, category, right }) =>
    lineOf(nameOf(recipient, names), labelOf(category, names), right),
  )
  return [...new Set(found)].toSorted()
}

/** One line a datum: a bead says what she allowed before what the law does. */
export function beadsOf(truth: readonly Answered[], names: Names): readonly string[] {
  const byDatum = Map.groupBy(truth, ({ recipient, category }) => `${recipient} ${category}`)
  return [...byDatum.values()]
    .flatMap((of) => {
      const choice = of.find(({ right }) => right === 'choice')
      return linesOf([present(choice ?? of[0], 'one of a group')], names)
    })
    .toSorted()
}

function lineOf(body: string, label: string, right: string): string {
  return `${body} | ${label.toLowerCase()} | ${right}`
}

function bodiesOf(register: Register) {
  const roots = new Set(
    register.agreements.flatMap(({ recipient }) => register.organisation(recipient)?.root ?? []),
  )
  return [...roots].map((root) => present(register.organisationByRoot(root), 'a body'))
}

function nameOf(root: number, { register, language }: Names): string {
  return present(register.organisationByRoot(root), 'a body').name[language]
}

function labelOf(id: string, { register, language }: Names): string {
  return present(register.category(id), 'a category').label[language]
}

/** The data that a text names. */
export function labelsIn(text: string, names: Names): readonly string[] {
  const { register } = names
  const ids = register.agreements.flatMap(({ datasets }) =>
    datasets.flatMap(({ categories }) => categories),
  )
  const labels = [...new Set(ids)].map((id) => labelOf(id, names))
  return labels.filter((label) => text.toLowerCase().includes(label.toLowerCase()))
}
