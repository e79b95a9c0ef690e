import type { Language } from '../../src/base/values/languages.ts'
import { datasets } from '../../src/pages/open-data/datasets.ts'
import type { OpenDataPage } from '../../src/pages/open-data/pages.ts'

const reasons = { fr: 'Un organisme avait compté deux fois.', en: 'A body had counted twice.' }
const months = { fr: 'octobre 2026', en: 'October 2026' }

function page(language: Language, isNew: boolean): OpenDataPage {
  return {
    datasets: datasets.map(({ id, title, says, columns }, at) => {
      const href = (name: string) => `/register/open-data/${id}/${name}`
      const month = months[language]
      const first = {
        month,
        correction: 0,
        reason: undefined,
        csvHref: href('2026-10.csv'),
        jsonHref: href('2026-10.json'),
      }
      const corrected = {
        month,
        correction: 1,
        reason: reasons[language],
        csvHref: href('2026-10-c1.csv'),
        jsonHref: href('2026-10-c1.json'),
      }
      return {
        id,
        title: title[language],
        says: says[language],
        columns: columns.map((column) => ({
          name: column.name,
          title: column.title[language],
          says: column.says[language],
        })),
        months: isNew ? [] : at === 0 ? [corrected, first] : [first],
        schemaHref: href('schema.json'),
      }
    }),
    bodies: [
      {
        name: { fr: 'Agence du revenu', en: 'Revenue Agency' }[language],
        href673: '/register/67.3/org_agence-revenu',
        href1217: '/register/12.17/org_agence-revenu/2026-2027',
      },
    ],
  }
}

export default {
  months: (language: Language) => page(language, false),
  new: (language: Language) => page(language, true),
} satisfies Record<string, (language: Language) => OpenDataPage>
