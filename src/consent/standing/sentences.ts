import { capital, joinNames } from '../../base/web/lists.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import type { PermittedFlow, StillFlows, Wait, FlowRight } from './still-flows.ts'

// Sentences about what flows. A sentence is facts; `wordsOf` gives the key and the values with which the catalogue writes it.

/** When it is said: of what would be, of what is, or of what is while she pauses a sharing. */
export type Tense = 'future' | 'present' | 'pause'

/** Why a body may receive something. */
export type Reason = { readonly purpose: Purpose; readonly by: FlowRight['by'] }

/**
 * - none: the body can no longer receive these
 * - still: it can, for these reasons
 * - paused, held: it cannot, and could if her own pause, or what others suspended, ended
 * - limit: it cannot before a day, and then can
 */
export type Sentence = {
  readonly body: number
  readonly categories: readonly string[]
} & (
  | { readonly form: 'none' | 'paused' | 'held' }
  | { readonly form: 'still'; readonly reasons: readonly Reason[] }
  | { readonly form: 'limit'; readonly from: Date }
)

type Same = Pick<PermittedFlow, 'recipient' | 'category' | 'ways' | 'waits'>

/** A datum that a body may receive, whoever holds it. */
export type Datum = Pick<PermittedFlow, 'recipient' | 'category'>

/**
 * What a deed leaves of these data, body by body: what ends first, then what goes on, then what waits. Pure.
 * @param records of the deed: that they wait themselves is what it did
 */
export function sayAfter(
  about: readonly Datum[],
  records: readonly string[],
  { flows }: StillFlows,
): readonly Sentence[] {
  const done = new Set(records)
  const byDatum = Map.groupBy(flows, keyOf)
  const left = about.map(({ recipient, category }): Same => {
    const same = byDatum.get(keyOf({ recipient, category })) ?? []
    const waits = same.flatMap((flow) => flow.waits)
    return {
      recipient,
      category,
      ways: same.flatMap(({ ways }) => ways),
      waits: waits.filter(({ way }) => way.by === 'law' || !done.has(way.consentId)),
    }
  })
  return [...Map.groupBy(left, ({ recipient }) => recipient)].flatMap(([body, of]) =>
    sayOfBody(body, of),
  )
}

/** Of data that nobody may receive now, those that a limit alone keeps back, body by body. Pure. */
export function sayLimits(still: StillFlows): readonly Sentence[] {
  const kept = still.flows.filter(({ waits }) => waits.some(({ because }) => because === 'limit'))
  return sayAfter(kept, [], still).filter(({ form }) => form === 'limit')
}

function keyOf({ recipient, category }: Datum): string {
  return `${recipient} ${category}`
}

function sayOfBody(body: number, flows: readonly Same[]): Sentence[] {
  const closed = flows.filter(({ ways }) => ways.length === 0)
  const limited = closed.filter((flow) => soonest(flow) !== undefined)
  const gone = closed.filter((flow) => !limited.includes(flow))
  const named = (some: readonly Same[]) => some.map(({ category }) => category)
  const none = gone.length === 0 ? [] : [{ form: 'none', body, categories: named(gone) } as const]
  const waiting = (['paused', 'held'] as const).flatMap((form) => {
    const some = gone.filter(({ waits }) => waits.some(({ because }) => because === form))
    return some.length === 0 ? [] : [{ form, body, categories: named(some) }]
  })
  const still = [
    ...Map.groupBy(
      flows.filter(({ ways }) => ways.length > 0),
      ({ ways }) => JSON.stringify(reasonsOf(ways).map(({ purpose, by }) => [purpose.no, by])),
    ).values(),
  ].map((same) => {
    const reasons = reasonsOf(same[0]?.ways ?? [])
    return { form: 'still', body, categories: named(same), reasons } as const
  })
  const limits = limited.map((flow) => {
    const from = soonest(flow)?.from ?? new Date(0)
    return { form: 'limit', body, categories: [flow.category], from } as const
  })
  return [...none, ...still, ...waiting, ...limits]
}

function soonest({ waits }: Same): (Wait & { readonly from: Date }) | undefined {
  const [first] = waits
    .flatMap((wait) => (wait.from === undefined ? [] : [{ ...wait, from: wait.from }]))
    .toSorted((a, b) => a.from.getTime() - b.from.getTime())
  return first
}

// One reason a purpose and right: two agreements for the same are one reason to a person.
function reasonsOf(ways: readonly FlowRight[]): Reason[] {
  const found = new Map<string, Reason>()
  for (const { purpose, by } of ways) found.set(`${purpose.id} ${by}`, { purpose, by })
  return [...found.values()]
}

/** The words `standing.<said>` with their values, and reasons to be joined into the value `reasons`. */
export type SentenceWords = {
  readonly said: string
  readonly values: Readonly<Record<string, string>>
  readonly reasons: readonly ReasonWords[]
  readonly from: Date | undefined
}
/** The words `standing.reason.<said>`. */
export type ReasonWords = {
  readonly said: string
  readonly values: Readonly<Record<string, string>>
}

/** Each sentence in words. A body is named the first time, and then called by its pronoun, where the register says it. */
export function wordsOf(
  sentences: readonly Sentence[],
  tense: Tense,
  register: Pick<Register, 'organisationByRoot' | 'category'>,
  language: Language,
): readonly SentenceWords[] {
  return sentences.map((sentence, n) => {
    const isAgain = sentences[n - 1]?.body === sentence.body
    const { isMany, ...named } = bodyIn(register, sentence.body, language, isAgain)
    const data = sentence.categories.map((id) => datumIn(register, id, language))
    const isNegative = sentence.form === 'none' || sentence.form === 'limit'
    return {
      said: `${saidOf(sentence.form, tense)}${isMany ? '-many' : ''}`,
      values: { ...named, data: isNegative ? joinNot(data, language) : joinNames(data, language) },
      reasons:
        sentence.form === 'still' ? sentence.reasons.map((one) => reasonIn(one, language)) : [],
      from: sentence.form === 'limit' ? sentence.from : undefined,
    }
  })
}

function saidOf(form: Sentence['form'], tense: Tense): string {
  if (form === 'paused' || form === 'held') return form
  return `${form}.${tense === 'pause' && form !== 'none' ? 'present' : tense}`
}

function bodyIn(
  register: Pick<Register, 'organisationByRoot'>,
  root: number,
  language: Language,
  isAgain: boolean,
) {
  const body = register.organisationByRoot(root)
  const pronoun = body?.pronoun?.[language]
  const name = body?.nameInSentence[language] ?? '?'
  const isMany = pronoun === 'ils' || pronoun === 'elles' || pronoun === 'they'
  const said = (isAgain ? pronoun : undefined) ?? name
  return { body: said, begins: capital(said), isMany }
}

function datumIn(register: Pick<Register, 'category'>, id: string, language: Language): string {
  const category = register.category(id)
  return category?.inSentence?.[language] ?? category?.label[language] ?? id
}

const not: Bilingual = { fr: ' ni ', en: ' or ' }

/** « votre revenu net ni votre situation familiale » */
function joinNot(names: readonly string[], language: Language): string {
  const [last, ...before] = names.toReversed()
  if (last === undefined || before.length === 0) return names.join('')
  return `${before.toReversed().join(', ')}${not[language]}${last}`
}

function reasonIn({ purpose, by }: Reason, language: Language): ReasonWords {
  const why = purpose.why?.[language]
  return why === undefined
    ? { said: `${by}-titled`, values: { label: purpose.label[language] } }
    : { said: by, values: { why } }
}
