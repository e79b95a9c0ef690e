import type { Foundation } from '../../base/web/foundation.ts'
import type { Operation } from '../../base/web/operation.ts'
import { languageOf } from '../../base/web/page.ts'
import type { Language } from '../../base/values/languages.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { present } from '../../base/values/present.ts'
import { documentOf, schemaOf, templateOf } from './document.ts'
import { membersOf } from './members.ts'
import type { DocsGroup, DocsOperation, DocsPage } from './pages.ts'

/** The OpenAPI document of the broker's JSON APIs, for programs. These routes read no cookie. */
export function openapiRoutes(
  { config }: Foundation,
  operations: readonly Operation[],
): ServedRoutes {
  const { issuer, brand } = config
  // Made at the first request, which takes a tenth of a second: a start does not wait for it.
  let document: object | undefined
  return routes('programs')
    .get('/api/openapi.json', (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=3600')
      ctx.body = document ??= documentOf(operations, { issuer, brand })
    })
    .served('page')
}

/** The same on a page. */
export function docsRoutes({ pages }: Foundation, operations: readonly Operation[]): ServedRoutes {
  const shown: Partial<Record<Language, DocsPage>> = {}
  return routes('people')
    .get('/api/docs', (ctx) => {
      const language = languageOf(ctx)
      return pages.show(ctx, 'openapi/docs', (shown[language] ??= docsPage(operations, language)))
    })
    .served('page')
}

const scopes = [
  'decide',
  'search',
  'report',
  'ssf.read',
  'ssf.manage',
  'me',
  'match',
  'none',
] as const

/** The page, made from the same shapes as the document. */
export function docsPage(operations: readonly Operation[], language: Language): DocsPage {
  const groups = scopes.map((scope): DocsGroup => {
    const those = operations.filter((operation) => (operation.scope ?? 'none') === scope)
    return { scope, operations: those.map((operation) => shownAs(operation, language)) }
  })
  return { groups: groups.filter(({ operations: those }) => those.length > 0) }
}

function shownAs(operation: Operation, language: Language): DocsOperation {
  const { name, method, path, says, parameters, query, request, answers } = operation
  const answer = present(Object.values(answers)[0], 'the answer of an operation')
  return {
    name,
    method: method.toUpperCase(),
    path: templateOf(path),
    says: says[language],
    isRepeatable: operation.isRepeatable === true,
    parameters: [
      ...(parameters === undefined ? [] : membersOf(schemaOf(parameters, 'output'))),
      // Each parameter has a default, or may be left out.
      ...(query === undefined
        ? []
        : membersOf(schemaOf(query, 'output')).map((one) => ({ ...one, isRequired: false }))),
    ],
    request: request === undefined ? [] : membersOf(schemaOf(request, 'input')),
    answer: membersOf(schemaOf(answer, 'output')),
  }
}
