import type { StillFlows } from '../../consent/standing/index.ts'
import { severalWaysTo } from '../../consent/standing/index.ts'
import type { OwnConsent } from '../../consent/record/index.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import { present } from '../../base/values/present.ts'
import { capital, joinNames, plain } from '../../base/web/lists.ts'
import type { Purpose } from '../../registry/index.ts'
import { bodyNames, fromBody } from '../../registry/index.ts'
import type { LawFlow } from './law.ts'
import type { BodyBlock, FlowRow, FlowState, SenderWords, SharingCard } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { soonDays } from './sharings.ts'

// Who receives what about her: a block for each body, a row for each way. What may be sent is what `decide` permits (`consent/standing`);
// here it is put in an order and given its words.

/** A sharing that is not over, with its record. */
export type OpenSharing = { readonly consent: OwnConsent; readonly sharing: SharingCard }

export type KnownWays = {
  readonly open: readonly OpenSharing[]
  readonly lawful: readonly LawFlow[]
  readonly flows: StillFlows
}

/** A row with its parties, by their roots. */
export type PlacedRow = {
  readonly row: FlowRow
  readonly recipient: number
  readonly holder: number
  readonly isSent: boolean
  /** What `what` of its sharing names, in the same order. */
  readonly categories: readonly string[]
  /** Whether this is the way of the row. */
  isOwn(way: Way): boolean
}

export type RowWords = Pick<SharingInput, 'words' | 'register' | 'language'>

/** What ends soon first, then what she allowed, then what the law allows, then what waits. Pure. */
export function bodyBlocks(known: KnownWays, words: RowWords): readonly BodyBlock[] {
  const placed = placedRows(known, words)
  return [...Map.groupBy(placed, ({ recipient }) => recipient)].map(([body, of]) => ({
    name: bodyNames(words.register, words.language)(body),
    senders: sendersTo(body, of, words),
    several: severalWaysTo(body, known.flows, words),
    flows: of.map(({ row }) => row),
  }))
}

/** Every way, in the order of the page. */
export function placedRows(known: KnownWays, words: RowWords): readonly PlacedRow[] {
  return [
    ...known.open.map((one) => rowOfChoice(one, known, words)),
    ...known.lawful.map((one) => rowOfLaw(one, known, words)),
  ].toSorted((a, b) => rankOf(a.row) - rankOf(b.row))
}

const order: readonly FlowState[] = ['soon', 'choice', 'law', 'paused', 'suspended', 'spent']

function rankOf({ state }: FlowRow): number {
  return order.indexOf(state)
}

function rowOfChoice(
  { consent, sharing }: OpenSharing,
  { flows }: KnownWays,
  { register, language }: RowWords,
): PlacedRow {
  const { recipient, holder, consentId } = consent
  const isOwn = (way: Way) => way.by === 'choice' && way.consentId === consentId
  const { ways, from } = waysIn(flows, isOwn)
  const state = stateOfChoice(sharing, {
    isOpen: ways || from !== undefined,
    isUntrusted: flows.isUntrusted,
  })
  const purpose = present(register.purposeByNo(consent.purpose), 'the purpose of a sharing')
  const row = { by: 'choice', sharing, state, from, why: whyOf(purpose, language) } as const
  const dataset = present(register.datasetByNo(consent.dataset), 'the dataset of a sharing')
  const categories = categoriesIn(dataset, consent.categories)
  const isSent = sharing.lastSentAt !== undefined
  return { row, recipient, holder, isSent, categories, isOwn }
}

function rowOfLaw(
  { sharing, agreement, purpose, recipient, holder, categories }: LawFlow,
  { flows }: KnownWays,
  { language }: RowWords,
): PlacedRow {
  const isOwn = (way: Way) =>
    way.by === 'law' && way.agreement.id === agreement.id && way.purpose.id === purpose.id
  const { ways, from } = waysIn(flows, isOwn)
  const state = ways || from !== undefined ? 'law' : 'suspended'
  const row = { by: 'law', sharing, state, from, why: whyOf(purpose, language) } as const
  const isSent = sharing.lastSentAt !== undefined
  return { row, recipient, holder, isSent, categories, isOwn }
}

type Way = StillFlows['flows'][number]['ways'][number]

/** Whether anything may be sent by these ways, and if not, when a limit lets it be sent again. */
function waysIn({ flows }: StillFlows, isOne: (way: Way) => boolean) {
  const ways = flows.some((flow) => flow.ways.some(isOne))
  const waits = flows.flatMap((flow) => flow.waits.filter(({ way }) => isOne(way)))
  const moments = waits.flatMap(({ because, from }) => (because === 'limit' ? (from ?? []) : []))
  const [first] = moments.toSorted((a, b) => a.getTime() - b.getTime())
  return { ways, from: ways ? undefined : first }
}

function stateOfChoice(
  { holds, state, daysLeft }: SharingCard,
  { isOpen, isUntrusted }: { readonly isOpen: boolean; readonly isUntrusted: boolean },
): FlowState {
  if (isOpen) return daysLeft <= soonDays ? 'soon' : 'choice'
  if (holds.includes('person')) return 'paused'
  return holds.length > 0 || state === 'suspended' || isUntrusted ? 'suspended' : 'spent'
}

function whyOf(purpose: Purpose, language: SharingInput['language']): string {
  return capital(purpose.why?.[language] ?? purpose.label[language])
}

// Holders of which the same is true share a sentence.
function sendersTo(
  body: number,
  rows: readonly PlacedRow[],
  { register, language }: RowWords,
): readonly SenderWords[] {
  const pronoun = register.organisationByRoot(body)?.pronoun?.[language] ?? ''
  const many = ['ils', 'elles', 'they'].includes(pronoun) ? '-many' : ''
  const saidOf = (holder: number): SenderWords['said'] => {
    const open = rows.filter((one) => one.holder === holder && isOpenRow(one.row))
    if (open.length === 0) return `not-now${many}`
    return open.some(({ isSent }) => isSent) ? `receives${many}` : `may-receive${many}`
  }
  const fromOf = (holder: number) => {
    const name = register.organisationByRoot(holder)?.nameInSentence[language]
    return fromBody(present(name, 'the name of a holder'), language)
  }
  const holders = [...new Set(rows.map(({ holder }) => holder))]
  return [...Map.groupBy(holders, saidOf)].map(([said, of]) => ({
    said,
    values: { from: joinNames(of.map(fromOf), language) },
  }))
}

function isOpenRow({ state, from }: FlowRow): boolean {
  return (state === 'soon' || state === 'choice' || state === 'law') && from === undefined
}

/** From so many ways on she may search in them. */
export const searchableCount = 12

/** A longer word is cut: no name is longer. */
export const maxWords = 60

/** The rows in which these words stand, without regard to accents: in the name of a body, in what is sent, or in why. */
export function blocksWith(words: string, blocks: readonly BodyBlock[]): readonly BodyBlock[] {
  if (words === '') return blocks
  const has = (text: string) => plain(text).includes(plain(words))
  return blocks.flatMap((block) => {
    const flows = block.flows.filter(({ sharing, why }) =>
      [block.name, sharing.holder, ...sharing.what, sharing.purpose, why].some(has),
    )
    return flows.length === 0 ? [] : [{ ...block, flows }]
  })
}
