import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { ErrorWords } from '../../base/web/error-words.ts'
import { loadErrorWords } from '../../base/web/error-words.ts'
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
    .get(faultsPath, async (ctx) =>
      pages.show(ctx, 'provider/errors', await errorListPage(languageOf(ctx))),
    )
    .served('page')
}

async function errorListPage(language: Language): Promise<ErrorListPage> {
  const wordsOf = await loadErrorWords(language)
  return { faults: [...protocolFaults(wordsOf), ...problems(wordsOf)] }
}

function protocolFaults(wordsOf: (code: string) => ErrorWords): ShownFault[] {
  return listedFaults.map(([code, { error, status, says }]) => ({
    code,
    anchor: code,
    error,
    // An answer that the browser carries to the service has no status of its own.
    status: status === 303 ? undefined : status,
    says: says.map((sentence) => sentence.says.replaceAll(/\{\w+\}/g, '…')),
    ...plain(wordsOf(code)),
  }))
}

function problems(wordsOf: (code: string) => ErrorWords): ShownFault[] {
  return listedProblems.map(([code, status]) => ({
    code,
    anchor: anchorOf(code),
    error: code,
    status,
    says: [],
    ...plain(wordsOf(code)),
  }))
}

// The marks of code are for the document that is made of the same words.
function plain({ cause, example, mend }: ErrorWords): ErrorWords {
  return { cause: cause.replaceAll('`', ''), example, mend: mend.replaceAll('`', '') }
}
