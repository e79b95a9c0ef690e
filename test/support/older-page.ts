import type { Presentation } from '../../src/consent/asking/rows.ts'
import { transact } from '../../src/base/database/database.ts'
import { newUuid, readId, writeId } from '../../src/base/values/ids.ts'
import type { Payload, Vault } from '../../src/ledger/chain/index.ts'
import { openBook, readTimeline } from '../../src/ledger/chain/index.ts'
import type { Answer } from './browser.ts'
import { formOf } from './browser.ts'
import type { Stage } from './sharing.ts'
import { lines as allLines, signDataOf } from './signing.ts'

// What of an event the ledger writes itself, and what an older process does not write.
const others = ['v', 'kind', 'event_id', 'person_seq', 'prev_commitment', 'recorded_at', 'actor']
const versions = ['bodies', 'category_versions', 'items_sha256']

/** The page of a question as a process of before the nineteen lines shows it, and keeps it: it names no versions, and its script gets the first lines. */
export async function shownByOlder(
  { db }: Pick<Stage, 'db'>,
  vault: Vault,
  { personId, page }: { readonly personId: string; readonly page: Answer },
): Promise<Answer> {
  const { presentation: shown = '' } = formOf(page).fields
  const events = await readTimeline(db, vault, personId, { after: 0, limit: 100 })
  const said = events
    .flatMap(({ payload }): Payload[] => (payload ? [payload] : []))
    .find(({ kind, presentation_id: id }) => kind === 'consent.presented' && id === shown)
  if (said === undefined) throw new Error('the page was never shown')
  const row = await db('presentation')
    .where({ presentationId: readId('pre', shown) })
    .first<Presentation>()
  const presentationId = newUuid(new Date())
  const own = writeId('pre', presentationId)
  const fields = Object.fromEntries(
    Object.entries(said).filter(([name]) => ![...others, ...versions].includes(name)),
  )
  await transact(db, async (tx) => {
    const book = await openBook(tx, vault, personId)
    await tx('presentation').insert({ ...row, presentationId, shownAt: book.now })
    const actor = { type: 'broker' } as const
    await book.append({
      kind: 'consent.presented',
      actor,
      fields: { ...fields, presentation_id: own },
    })
  })
  const body = page.body.replaceAll(shown, own)
  const given = signDataOf({ ...page, body })
  if (given === undefined) return { ...page, body }
  const { lines = [], versions: _none, texts, ...sign } = given
  const first =
    texts === undefined
      ? { head: ['accord.answer.v1', ...lines.slice(1, 4)] }
      : { texts: [narrowingText(said, own, texts)] }
  const data = JSON.stringify({ ...sign, ...first }).replaceAll('"', '&quot;')
  return { ...page, body: body.replace(/data-sign="[^"]*"/, `data-sign="${data}"`) }
}

// A yes to all that the page of a narrowing shows, which has nothing sensitive.
function narrowingText(said: Payload, own: string, [text = '']: readonly string[]): string {
  const shown = said as unknown as {
    readonly categories_required: readonly string[]
    readonly categories_optional: readonly string[]
    readonly valid_until_local: string
  }
  const asked = [...shown.categories_required, ...shown.categories_optional]
  const categories = asked.toSorted().join(' ')
  const [, site = '', , hash = ''] = text.split('\n')
  const day = shown.valid_until_local
  return allLines('accord.answer.v1', site, own, hash, 'granted', categories, '', day, '')
}
