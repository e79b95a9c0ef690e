import { dayOf, noonOf } from '../../base/values/calendar.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { cacheFor } from '../../base/jobs/ttl-cache.ts'
import type { Language } from '../../base/values/languages.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeepPage } from '../../base/web/kept-answer.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import { routes } from '../../base/web/router.ts'
import type { Words } from '../../base/web/words.ts'
import type { Register } from '../../registry/index.ts'
import { datasets } from './datasets.ts'
import { datasetPath, fileName } from './files.ts'
import type { OpenDataPage, ShownDataset } from './pages.ts'
import { yearAt } from './reports.ts'
import type { FileRecord } from './store.ts'
import { fileRecords } from './store.ts'

const monthsShown = 3

/** « Données ouvertes », for people: before any cookie is looked at, and kept for a minute. */
export function openDataRoutes(foundation: Foundation, register: () => Register): ServedRoutes {
  const { clock, db, log, pages, words } = foundation
  const files = cacheFor(() => fileRecords(readingSession(db)), { clock, log, what: 'open data' })
  return routes('people')
    .get('/register/open-data', async (ctx) => {
      const language = languageOf(ctx)
      const page: OpenDataPage = {
        datasets: shownIn(await files(), language, words),
        bodies: register()
          .bodies.map(({ id, name }) => ({
            name: name[language],
            href673: `${baseOf(ctx)}/register/67.3/${id}`,
            href1217: `${baseOf(ctx)}/register/12.17/${id}/${yearAt(dayOf(clock()))}`,
          }))
          .toSorted((one, other) => one.name.localeCompare(other.name, language)),
      }
      pages.show(ctx, 'open-data/home', page)
      letKeepPage(ctx)
    })
    .served('page')
}

function shownIn(files: readonly FileRecord[], language: Language, words: Words): ShownDataset[] {
  return datasets.map(({ id, title, says, columns }) => {
    const csvs = files.filter(({ dataset, format }) => dataset === id && format === 'csv')
    return {
      id,
      title: title[language],
      says: says[language],
      columns: columns.map((column) => ({
        name: column.name,
        title: column.title[language],
        says: column.says[language],
      })),
      months: csvs.slice(0, monthsShown).map(({ month, correction, reason }) => {
        const href = (format: 'csv' | 'json') =>
          `${datasetPath(id)}/${fileName(month.slice(0, 7), correction, format)}`
        return {
          month: words.month(language, noonOf(month)),
          correction,
          reason: reason?.[language],
          csvHref: href('csv'),
          jsonHref: href('json'),
        }
      }),
      schemaHref: `${datasetPath(id)}/schema.json`,
    }
  })
}
