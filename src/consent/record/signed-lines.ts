import { answerText } from './signed-text.ts'

// The text of an answer that its person signs, `accord.answer.v2`: nineteen lines that name all that she allows. It is made from the two events as
// they are written, that of the answer and that of its page, and from no row. The page's script writes four of the lines from its form
// (public/js/answer.js), a stranger makes all of them from a receipt (public/js/verifier.js), and so does a judge in Python.

type Members = Readonly<Record<string, unknown>>

/** The version of the text, as the event of an answer says it (`signed.text`); the first has no such member. */
export type TextVersion = 1 | 2

/** What is in neither event: whose site it was, and the newest signed tree at the showing; '' where none was signed. */
export type SigningSite = { readonly issuer: string; readonly checkpoint: string }

/** The lines that the choice of a person makes, by their places: the choice, the categories, the express acts, the last day. */
const ownLines = [4, 12, 13, 16]

/** The text for an answer to a page. @param answer the members of its event. @param page those of the event of its showing, which the first version needs not */
export function textOfAnswer(
  answer: Members,
  page: Members,
  at: SigningSite,
  version: TextVersion,
): string {
  return version === 1 ? firstText(answer, at) : `${answerLines(answer, page, at).join('\n')}\n`
}

function firstText(answer: Members, { issuer, checkpoint }: SigningSite): string {
  return answerText({
    issuer,
    presentation: text(answer['presentation_id']),
    renderedSha256: text(answer['rendered_sha256']),
    choice: choiceIn(answer),
    categories: listOf(answer['categories_granted']),
    express: listOf(answer['categories_express']),
    lastDay: text(answer['valid_until_local']),
    checkpoint,
  })
}

/** The lines that a page fixes, whatever she answers; null where her choice makes the line. */
export function fixedLines(page: Members, at: SigningSite): readonly (string | null)[] {
  return answerLines(page, page, at).map((line, n) => (ownLines.includes(n) ? null : line))
}

// Each member of the answer itself is taken from its event, so that a record that says another thing makes another text.
function answerLines(
  answer: Members,
  page: Members,
  { issuer, checkpoint }: SigningSite,
): readonly string[] {
  const bodies = listOf(page['bodies'])
  const said = (name: string) => text(answer[name])
  const categories = (name: string) => {
    const versions = listOf(page['category_versions'])
    return listed(listOf(answer[name]).map((id) => versionOf(id, versions)))
  }
  return [
    'accord.answer.v2',
    issuer,
    said('presentation_id'),
    said('rendered_sha256'),
    choiceIn(answer),
    // Herself. Nobody answers under a mandate yet.
    'for -',
    `holder ${versionOf(said('holder'), bodies)}`,
    `recipient ${versionOf(said('recipient'), bodies)}`,
    `agreement ${said('agreement')}`,
    `purpose ${said('purpose')}`,
    `text ${text(page['text'])}`,
    `dataset ${said('dataset')}`,
    `categories ${categories('categories_granted')}`,
    `express ${categories('categories_express')}`,
    `limit uses ${usesIn(answer)} frequency ${oftenIn(answer)}`,
    `about ${daysIn(answer)}`,
    `until ${said('valid_until_local')}`,
    `replaces ${replacedIn(page)}`,
    `log ${checkpoint === '' ? '-' : checkpoint}`,
  ]
}

/** The consent that a yes changes or narrows, as the page showed it. */
function replacedIn(page: Members): string {
  return text(page['narrows'] ?? page['changes'] ?? '-')
}

function choiceIn({ kind }: Members): 'granted' | 'refused' {
  return kind === 'consent.granted' ? 'granted' : 'refused'
}

function usesIn({ max_uses: most }: Members): string {
  return typeof most === 'number' ? String(most) : '-'
}

function oftenIn(answer: Members): string {
  const { count, per } = membersOf(answer['frequency_limit'])
  return typeof count === 'number' ? `${count}/${text(per)}` : '-'
}

function daysIn(answer: Members): string {
  const { from, to } = membersOf(answer['lookback'])
  return typeof from === 'string' ? `${from}/${text(to)}` : '-'
}

/** `org_x@2` of `org_x`; '' where the page names no version, which no line may have. */
function versionOf(id: string, refs: readonly string[]): string {
  return refs.find((ref) => ref.startsWith(`${id}@`)) ?? ''
}

function listed(refs: readonly string[]): string {
  return refs.length === 0 ? '-' : refs.toSorted().join(' ')
}

/** Whether a page can be answered in the second text: one that an older process showed names no versions. */
export function namesVersions(page: Members): boolean {
  return Array.isArray(page['bodies']) && Array.isArray(page['category_versions'])
}

const ref = (prefix: string) => `${prefix}_[a-z0-9-]{1,60}@[1-9]\\d{0,5}`
const day = String.raw`\d{4}-\d\d-\d\d`
const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}'
const categories = `-|${ref('cat')}(?: ${ref('cat')})*`

/** What each line may say, its name before it. Whoever meets anything else refuses it: what a later version means is not known here. */
const grammar = [
  String.raw`accord\.answer\.v2`,
  String.raw`https?://[^\s/]+`,
  `pre_${ulid}`,
  '[0-9a-f]{64}',
  'granted|refused',
  'for -',
  `holder ${ref('org')}`,
  `recipient ${ref('org')}`,
  `agreement ${ref('agr')}`,
  `purpose ${ref('pur')}`,
  `text ${ref('txt')}`,
  `dataset ${ref('dst')}`,
  `categories (?:${categories})`,
  `express (?:${categories})`,
  String.raw`limit uses (?:-|[1-9]\d*) frequency (?:-|[1-9]\d*/P(?=\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?)`,
  `about (?:-|${day}/${day})`,
  `until ${day}`,
  `replaces (?:-|con_${ulid})`,
  String.raw`log (?:-|[^\s]+ (?:0|[1-9]\d*) [A-Za-z0-9+/]{43}=)`,
].map((line) => new RegExp(`^(?:${line})$`))

/** Whether a text is one of nineteen lines as they are known here. */
export function isAnswerText(signed: string): boolean {
  const lines = signed.split('\n')
  return lines.length === grammar.length + 1 && lines.at(-1) === '' && hasOwnForm(lines)
}

function hasOwnForm(lines: readonly string[]): boolean {
  return grammar.every((line, n) => line.test(lines[n] ?? ''))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : []
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}
