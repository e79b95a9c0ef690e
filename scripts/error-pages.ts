import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { anchorOf, listedProblems } from '../src/api/openapi/index.ts'
import { listedFaults } from '../src/provider/faults/error-codes.ts'
import { loadErrorWords } from '../src/base/web/error-words.ts'
import type { Language } from '../src/base/values/languages.ts'

const folder = join(import.meta.dirname, '../docs')

const words = {
  fr: {
    file: 'errors.md',
    head: [
      '# Les erreurs du protocole et des API JSON',
      '',
      '[English](errors.en.md). Pour qui branche un service. Une réponse OAuth refusée porte `error`, `error_description` et, si la faute est du service,',
      '`error_uri`, qui mène à la même liste chez l’exploitant : `<ISSUER>/api/errors#code`. Un code ne change jamais de sens; une phrase peut gagner en clarté.',
      'Un problème des API JSON (RFC 9457) a un `code`, et son `type` y mène aussi. `npm run errors` écrit cette page depuis `src/provider/faults/error-codes.ts` et',
      '`src/api/openapi/problem-list.ts`.',
    ],
    said: 'On vous dit',
    cause: 'Cause',
    example: 'Exemple d’une faute',
    mend: 'Correction',
    back: 'au retour',
  },
  en: {
    file: 'errors.en.md',
    head: [
      '# The errors of the protocol and of the JSON APIs',
      '',
      '[Français](errors.md). For whoever plugs in a service. A refused OAuth answer has `error`, `error_description` and, where the fault is the service’s,',
      '`error_uri`, which leads to the same list at the operator: `<ISSUER>/api/errors#code`. A code never changes its meaning; a sentence may become clearer.',
      'A problem of the JSON APIs (RFC 9457) has a `code`, and its `type` leads there, too. `npm run errors` writes this page from `src/provider/faults/error-codes.ts` and',
      '`src/api/openapi/problem-list.ts`.',
    ],
    said: 'You are told',
    cause: 'Cause',
    example: 'Example of the fault',
    mend: 'Mend',
    back: 'at the callback',
  },
} as const

/** The pages of docs/ about errors as they should be: file → text. */
export async function errorPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([await pageIn('fr'), await pageIn('en')])
}

async function pageIn(language: Language): Promise<[string, string]> {
  const wordsOf = await loadErrorWords(language)
  const { file, head, back, ...labels } = words[language]
  const codes = [...listedFaults, ...listedProblems].map(([code]) => code)
  const index = codes.map((code) => `[${code}](#${anchorOf(code)})`).join(' · ')
  const colon = language === 'fr' ? '\u00a0:' : ':'
  const about = (code: string) => {
    const { cause, example, mend } = wordsOf(code)
    return [
      '',
      `**${labels.cause}.** ${cause}`,
      '',
      `**${labels.example}.** \`${example}\``,
      '',
      `**${labels.mend}.** ${mend}`,
    ]
  }
  const ofProtocol = listedFaults.flatMap(([code, fault]) => [
    '',
    `## ${code}`,
    '',
    `${fault.status === 303 ? back : fault.status} \`${fault.error}\``,
    ...(fault.says.length === 0 ? [] : ['', `${labels.said}${colon}`, '']),
    ...fault.says.map((sentence) => `- \`${sentence.says.replaceAll(/\{\w+\}/g, '…')}\``),
    ...about(code),
  ])
  const ofApis = listedProblems.flatMap(([code, status]) => [
    '',
    `## ${code}`,
    '',
    `${status} \`${code}\``,
    ...about(code),
  ])
  return [file, [...head, '', index, ...ofProtocol, ...ofApis, ''].join('\n')]
}

/** `npm run errors` */
if (import.meta.main)
  for (const [file, text] of await errorPages()) writeFileSync(join(folder, file), text)
