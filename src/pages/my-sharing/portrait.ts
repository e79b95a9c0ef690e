import type { Bead, BeadState, Strand } from '../../base/web/strands.ts'
import { beadStates } from '../../base/web/strands.ts'
import { capital } from '../../base/web/lists.ts'
import { bodyNames, categoryLabels } from '../../registry/index.ts'
import type { KnownWays, PlacedRow, RowWords } from './bodies.ts'
import { placedRows } from './bodies.ts'
import type { FlowRow, PortraitView } from './pages.ts'

// « Le portrait »: the rows of « Mes partages » as beads on threads. A bead is one datum of one body for another, however many rows
// carry it; how it stands is what `decide` says of it (`consent/standing`).

/** One datum that one body may receive from another, or could again. Bodies by their roots. */
type Drawn = {
  readonly recipient: number
  readonly holder: number
  readonly category: string
  readonly state: BeadState
  /** The rows that carry it now. */
  readonly open: readonly PlacedRow[]
  /** Of a limit: when something may be sent again. */
  readonly from: Date | undefined
}

/** Every row of « Mes partages » is in it, in the order of the page. Pure. */
export function portraitOf(
  known: KnownWays,
  words: RowWords,
  view: PortraitView,
): readonly Strand[] {
  const rows = placedRows(known, words)
  const data = drawnOf(rows, known)
  const strands = view === 'datum' ? byDatum(data, words) : byBody(data, rows, words)
  return strands.map((strand, n) => {
    const before = strands[n - 1]
    const isAgain = strand.to !== undefined && strand.to === before?.to
    return { ...strand, isAgain }
  })
}

type Threaded = Omit<Strand, 'isAgain'>

// Whatever one body receives stands together, as in its block.
function byBody(
  data: readonly Drawn[],
  rows: readonly PlacedRow[],
  words: RowWords,
): readonly Threaded[] {
  const nameOf = bodyNames(words.register, words.language)
  const labelOf = categoryLabels(words.register, words.language)
  const bodies = [...new Set(rows.map(({ recipient }) => recipient))]
  return bodies.flatMap((body) => {
    const received = data.filter(({ recipient }) => recipient === body)
    return [...Map.groupBy(received, ({ holder }) => holder)].map(([holder, of]) => ({
      from: nameOf(holder),
      what: undefined,
      to: nameOf(body),
      beads: of.map((one) => beadOf(one, capital(labelOf(one.category)), words)),
    }))
  })
}

function byDatum(data: readonly Drawn[], words: RowWords): readonly Threaded[] {
  const nameOf = bodyNames(words.register, words.language)
  const labelOf = categoryLabels(words.register, words.language)
  const together = Map.groupBy(data, ({ category, holder }) => `${holder} ${category}`)
  return [...together.values()].flatMap((of) => {
    const [first] = of
    if (first === undefined) return []
    return {
      from: nameOf(first.holder),
      what: capital(labelOf(first.category)),
      to: undefined,
      beads: of.map((one) => beadOf(one, nameOf(one.recipient), words)),
    }
  })
}

function beadOf({ state, open, from }: Drawn, name: string, speaker: RowWords): Bead {
  const { words, language } = speaker
  const said = (key: string, values = {}) => words.t(language, `my-sharing.picture.${key}`, values)
  const isOpen = open.length > 0
  const isLawToo = state !== 'law' && open.some(({ row }) => row.by === 'law')
  const notes = [
    ...(state === 'soon' ? [said('soon')] : []),
    ...(open.length > 1
      ? [said(isLawToo ? 'reasons-law' : 'reasons', { count: open.length })]
      : []),
    ...(isOpen && !open.some(({ row }) => wasUsed(row)) ? [said('never')] : []),
    ...(from === undefined ? [] : [said('limit', { date: words.date(language, from) })]),
    ...(isOpen || state === 'limit' ? [] : [said(state)]),
  ]
  const right = isOpen ? said(state === 'law' ? 'law' : 'choice') : ''
  return { state, name, right, notes }
}

function wasUsed(row: FlowRow): boolean {
  const { lastSentAt } = row.sharing
  if (lastSentAt !== undefined) return true
  return row.by === 'law'
    ? row.sharing.lastAt !== undefined
    : row.sharing.uses > 0 || row.sharing.isInquired
}

type Found = Pick<Drawn, 'recipient' | 'holder' | 'category' | 'state' | 'from'> & {
  readonly placed: PlacedRow
}

// What more rows than one carry is one bead: the best of them says how it stands.
function drawnOf(rows: readonly PlacedRow[], known: KnownWays): readonly Drawn[] {
  const found = rows.flatMap((placed) =>
    placed.categories.map((category) => foundIn(placed, category, known)),
  )
  const together = Map.groupBy(found, (one) => `${one.recipient} ${one.holder} ${one.category}`)
  return [...together.values()].flatMap((of) => {
    const [best] = of.toSorted((a, b) => beadStates.indexOf(a.state) - beadStates.indexOf(b.state))
    if (best === undefined) return []
    const { recipient, holder, category, state, from } = best
    const open = of.filter((one) => isOpen(one.state)).map(({ placed }) => placed)
    return { recipient, holder, category, state, from, open }
  })
}

function isOpen(state: BeadState): boolean {
  return state === 'choice' || state === 'soon' || state === 'law'
}

function foundIn(placed: PlacedRow, category: string, { flows }: KnownWays): Found {
  const { row, recipient, holder, isOwn } = placed
  const own = flows.flows.filter(
    (flow) => flow.recipient === recipient && flow.holder === holder && flow.category === category,
  )
  const about = { recipient, holder, category, placed, from: undefined }
  if (own.some(({ ways }) => ways.some(isOwn))) {
    const state = row.by === 'law' ? 'law' : row.state === 'soon' ? 'soon' : 'choice'
    return { ...about, state }
  }
  const wait = own.flatMap(({ waits }) => waits).find(({ way }) => isOwn(way))
  if (wait?.because === 'limit') return { ...about, state: 'limit', from: wait.from }
  if (wait !== undefined)
    return { ...about, state: wait.because === 'paused' ? 'paused' : 'suspended' }
  // Nothing says when it may be sent again.
  const isHeld = row.state === 'paused' || row.state === 'suspended'
  return { ...about, state: isHeld ? row.state : 'spent' }
}
