import type { Language } from '../../base/values/languages.ts'
import { createHash } from 'node:crypto'
import type { LogStatus, WitnessStatus } from './status.ts'

type Shown = { readonly name: string; readonly vkey: string; readonly isDemonstration: boolean }

const warning = {
  fr: 'Ce témoin est sur la même machine que le journal qu’il surveille : il ne prouve rien seul. Un vrai témoin est tenu par quelqu’un d’autre, ailleurs, avec sa propre clé.',
  en: 'This witness is on the same machine as the log it watches: alone it proves nothing. A real witness is run by somebody else, elsewhere, with a key of their own.',
}

// A key has no space at which a browser could break the line.
const style = 'code{overflow-wrap:anywhere}'

/** The hash of that style, for the page's content security policy. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`

/** The page that a person reads at the witness's address. */
export function page({ name, vkey, isDemonstration }: Shown): string {
  const note = (text: string) => (isDemonstration ? `<p><strong>${text}</strong></p>\n` : '')
  return framed(
    'Témoin · Witness',
    `<h1>Témoin d’un journal public</h1>
${note(warning.fr)}<p>Il vérifie que le journal ne fait que croître, et le signe. Il ne voit rien des personnes.</p>
<p>Sa clé : <code>${escaped(vkey)}</code></p>
<p><a href="/status">Ce qu’il a vu</a></p>
<section lang="en">
<h2>Witness of a public log</h2>
${note(warning.en)}<p>It checks that the log only grows, and signs that. It sees nothing of people.</p>
<p>Its name: <code>${escaped(name)}</code></p>
<p><a href="/status">What it has seen</a></p>
</section>`,
  )
}

/** What the witness has seen of each log. */
export function statusPage({ logs }: WitnessStatus): string {
  return framed(
    'Ce que le témoin a vu · What the witness has seen',
    `<h1>Ce que le témoin a vu</h1>
${logs.map((log) => logSection(log, 'fr')).join('')}<section lang="en">
<h2>What the witness has seen</h2>
${logs.map((log) => logSection(log, 'en')).join('')}</section>`,
  )
}

const words = {
  fr: {
    size: (size: number) => `Entrées de l’arbre qu’il a signé en dernier : ${size}.`,
    none: 'Aucune bifurcation n’a été vue.',
    some: 'Une bifurcation a été vue : le journal a signé deux arbres de la même taille. Il montre donc deux passés. Gardez les deux notes; elles le prouvent à tout le monde.',
    full: 'Il y en a beaucoup : aucune autre n’est gardée.',
    of: (size: number) => `${size} entrées`,
    cosigned: 'l’arbre que le témoin a signé',
    other: 'l’autre arbre',
  },
  en: {
    size: (size: number) => `Entries of the tree that it signed last: ${size}.`,
    none: 'No fork was seen.',
    some: 'A fork was seen: the log signed two trees of the same size. So it shows two pasts. Keep both notes; they prove it to everybody.',
    full: 'There are many: no further one is kept.',
    of: (size: number) => `${size} entries`,
    cosigned: 'the tree that the witness signed',
    other: 'the other tree',
  },
}

function logSection({ origin, size, forks, keeps_more }: LogStatus, language: Language): string {
  const say = words[language]
  const items = forks.map(
    (fork) =>
      `<li>${say.of(fork.size)} – <a href="${fork.cosigned}">${say.cosigned}</a>, <a href="${fork.other}">${say.other}</a></li>\n`,
  )
  const h = language === 'fr' ? 'h2' : 'h3'
  return `<${h}><code>${escaped(origin)}</code></${h}>
<p>${say.size(size)}</p>
<p>${forks.length === 0 ? say.none : `<strong>${say.some}</strong>`}</p>
${items.length === 0 ? '' : `<ol>\n${items.join('')}</ol>\n`}${keeps_more ? '' : `<p>${say.full}</p>\n`}`
}

function framed(title: string, main: string): string {
  return `<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body>
<main>
${main}
</main>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
