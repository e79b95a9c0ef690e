import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf } from '../../base/web/page.ts'
import { routes } from '../../base/web/router.ts'
import type { Language } from '../../base/values/languages.ts'
import { anchorOf, listedProblems } from '../../api/openapi/index.ts'
import { listedFaults } from './error-codes.ts'
import type { ErrorListPage, ShownFault } from '../visits/pages.ts'
import { faultsPath } from './error-uri.ts'

/** The page to which `error_uri` leads. It reads no cookie. */
export function errorListRoutes({ pages }: Foundation): ServedRoutes {
  return routes('people')
    .get(faultsPath, (ctx) => pages.show(ctx, 'provider/errors', errorListPage(languageOf(ctx))))
    .served('page')
}

function errorListPage(language: Language): ErrorListPage {
  return {
    faults: [...protocolFaults(language), ...problems(language)],
  }
}

function protocolFaults(language: Language): ShownFault[] {
  return listedFaults.map(([code, { error, status, says, cause, example, mend }]) => ({
    code,
    anchor: code,
    error,
    // An answer that the browser carries to the service has no status of its own.
    status: status === 303 ? undefined : status,
    says: says.map((sentence) => sentence.says.replaceAll(/\{\w+\}/g, '…')),
    cause: plain(cause[language]),
    example,
    mend: plain(mend[language]),
  }))
}

function problems(language: Language): ShownFault[] {
  return listedProblems.map(([code, { status, cause, example, mend }]) => ({
    code,
    anchor: anchorOf(code),
    error: code,
    status,
    says: [],
    cause: plain(cause[language]),
    example,
    mend: plain(mend[language]),
  }))
}

// The marks of code are for the document that is made of the same list.
function plain(text: string): string {
  return text.replaceAll('`', '')
}
