import { cacheFor } from '../../base/jobs/ttl-cache.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeep, letKeepPage } from '../../base/web/kept-answer.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { monthlyCounts } from '../../consent/figures/index.ts'
import type { Register } from '../../registry/index.ts'
import type { ReadMonths } from './figures.ts'
import { circulationPage } from './figures.ts'
import { publishedRows } from '../open-data/index.ts'
import { files } from './files.ts'
import { mostMonths } from './sums.ts'

// A month that is counted is published some days later.
const monthsRead = mostMonths + 2

/** What circulates, for everybody: before any cookie is looked at, and kept for a minute by whoever asks. */
export function circulationRoutes(
  foundation: Foundation,
  register: () => Register,
): readonly ServedRoutes[] {
  const { pages, clock, db, keys, log, words } = foundation
  const seals = makeRowSeals(keys.seal)
  async function readMonths(): Promise<ReadMonths> {
    const counted = await monthlyCounts(db, seals, monthsRead)
    const months = counted.map(({ month }) => month)
    const later = await publishedRows(db, 'consultations-differees', months)
    const hours = await publishedRows(db, 'confirmations-arret', months)
    return { counted, together: { later, hours } }
  }
  const kept = cacheFor(readMonths, { clock, log, what: 'what months count' })
  const people = routes('people').get('/transparence', async (ctx) => {
    const saying = {
      register: register(),
      language: languageOf(ctx),
      words,
      base: baseOf(ctx),
      now: clock(),
    }
    pages.show(ctx, 'circulation/circulation', circulationPage(await kept(), saying))
    letKeepPage(ctx)
  })
  const programs = routes('programs')
  for (const [name, tableOf] of Object.entries(files))
    programs.get(`/transparence/${name}`, async (ctx) => {
      ctx.type = 'text/csv; charset=utf-8'
      ctx.body = tableOf({ ...(await kept()), register: register(), now: clock() })
      letKeep(ctx)
    })
  return [people.served('page'), programs.served('page')]
}
