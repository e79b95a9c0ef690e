import { bilingualText } from '../../base/values/languages.ts'
import type { GroundId } from '../../people/mandates/index.ts'
import { groundIds, groundOf } from '../../people/mandates/index.ts'
import { codeList } from './code-list.ts'
import type { TableColumn } from './columns.ts'
import { spaceSeparated } from './columns.ts'
import type { Fact, FactTeller } from './fact-builder.ts'

const columns: readonly TableColumn<GroundId>[] = [
  ['articles', (id) => groundOf(id).articles.join('; ')],
  ['principal', (id) => groundOf(id).principal],
  ['acts', (id) => spaceSeparated(groundOf(id).most)],
  ['subjects', (id) => groundOf(id).subjects],
  ['made_by', (id) => groundOf(id).maker],
  ['officers', (id) => groundOf(id).officers],
  ['longest', (id) => groundOf(id).longest],
  ['ended_by', (id) => spaceSeparated(groundOf(id).endsBy)],
]

/** Why somebody may act for somebody, or for a body: the grounds under which something lets one begin. */
export const groundList = codeList(
  groundIds.filter((id) => groundOf(id).isOpen),
  columns,
  (id) => ({
    id,
    said: (words) => ({
      title: bilingualText((language) => words.t(language, `register.ground.${id}`)),
      about: bilingualText((language) => words.t(language, `register.ground.${id}-text`)),
    }),
    explanation: { fr: '', en: '' },
    facts: (tell) => groundFacts(id, tell),
    content: contentOf(id),
  }),
)

function groundFacts(id: GroundId, tell: FactTeller): Fact[] {
  const { articles, most, subjects, maker, longest, endsBy, waitHours } = groundOf(id)
  const { fact, value, lasting } = tell
  return [
    ...fact(
      'summary',
      'acts',
      most.map((act) => value('act', act)),
    ),
    ...fact('summary', 'longest', longest && lasting(longest)),
    ...fact('summary', 'made-by', value('maker', maker)),
    ...fact(
      'summary',
      'ended-by',
      endsBy.map((who) => value('ender', who)),
    ),
    ...fact('table', 'subjects', value('subjects', subjects)),
    ...fact('table', 'waits', waitHours === 0 ? undefined : lasting(`PT${waitHours}H`)),
    ...fact('table', 'law', [...articles]),
  ]
}

function contentOf(id: GroundId): Readonly<Record<string, unknown>> {
  const ground = groundOf(id)
  return {
    ground_id: id,
    articles: ground.articles,
    principal: ground.principal,
    acts: ground.most,
    subjects: ground.subjects,
    made_by: ground.maker,
    officers: ground.officers,
    longest: ground.longest ?? null,
    wait_hours: ground.waitHours,
    ended_by: ground.endsBy,
    capacity: ground.capacity ?? null,
  }
}
