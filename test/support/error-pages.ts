import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listedFaults } from '../../src/provider/fault-list.ts'
import type { Language } from '../../src/base/platform/languages.ts'

const folder = join(import.meta.dirname, '../../docs')

const words = {
  fr: {
    file: 'errors.md',
    head: [
      '# Les erreurs du protocole',
      '',
      '[English](errors.en.md). Pour qui branche un service. Une réponse OAuth refusée porte `error`, `error_description` et, si la faute est du service,',
      '`error_uri`, qui mène à la même liste chez l’exploitant : `<ISSUER>/api/errors#code`. Un code ne change jamais de sens; une phrase peut gagner en clarté.',
      '`npm run errors` écrit cette page depuis `src/provider/fault-list.ts`.',
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
      '# The errors of the protocol',
      '',
      '[Français](errors.md). For whoever plugs in a service. A refused OAuth answer has `error`, `error_description` and, where the fault is the service’s,',
      '`error_uri`, which leads to the same list at the operator: `<ISSUER>/api/errors#code`. A code never changes its meaning; a sentence may become clearer.',
      '`npm run errors` writes this page from `src/provider/fault-list.ts`.',
    ],
    said: 'You are told',
    cause: 'Cause',
    example: 'Example of the fault',
    mend: 'Mend',
    back: 'at the callback',
  },
} as const

/** The pages of docs/ about errors as they should be: file → text. */
export function errorPages(): ReadonlyMap<string, string> {
  return new Map([pageIn('fr'), pageIn('en')])
}

function pageIn(language: Language): [string, string] {
  const { file, head, back, ...labels } = words[language]
  const index = listedFaults.map(([code]) => `[${code}](#${code})`).join(' · ')
  const colon = language === 'fr' ? '\u00a0:' : ':'
  const sections = listedFaults.flatMap(([code, { error, status, says, ...about }]) => [
    '',
    `## ${code}`,
    '',
    `${status === 303 ? back : status} \`${error}\``,
    ...(says.length === 0 ? [] : ['', `${labels.said}${colon}`, '']),
    ...says.map((sentence) => `- \`${sentence.says.replaceAll(/\{\w+\}/g, '…')}\``),
    '',
    `**${labels.cause}.** ${about.cause[language]}`,
    '',
    `**${labels.example}.** \`${about.example}\``,
    '',
    `**${labels.mend}.** ${about.mend[language]}`,
  ])
  return [file, [...head, '', index, ...sections, ''].join('\n')]
}

/** `npm run errors` */
if (import.meta.main)
  for (const [file, text] of errorPages()) writeFileSync(join(folder, file), text)
