import { createHash } from 'node:crypto'

type Shown = { readonly name: string; readonly vkey: string; readonly isDemonstration: boolean }

const warning = {
  fr: 'Ce témoin est sur la même machine que le journal qu’il surveille : il ne prouve rien seul. Un vrai témoin est tenu par quelqu’un d’autre, ailleurs, avec sa propre clé.',
  en: 'This witness is on the same machine as the log it watches: alone it proves nothing. A real witness is run by somebody else, elsewhere, with a key of their own.',
}

// A key has no space at which a browser could break the line.
const style = 'code{overflow-wrap:anywhere}'

/** The hash of that style, for the page's content security policy. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`

/** The page that a person reads at the witness's address. */
export function page({ name, vkey, isDemonstration }: Shown): string {
  const note = (text: string) => (isDemonstration ? `<p><strong>${text}</strong></p>\n` : '')
  return `<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Témoin · Witness</title><style>${style}</style></head>
<body>
<main>
<h1>Témoin d’un journal public</h1>
${note(warning.fr)}<p>Il vérifie que le journal ne fait que croître, et le signe. Il ne voit rien des personnes.</p>
<p>Sa clé : <code>${escaped(vkey)}</code></p>
<section lang="en">
<h2>Witness of a public log</h2>
${note(warning.en)}<p>It checks that the log only grows, and signs that. It sees nothing of people.</p>
<p>Its name: <code>${escaped(name)}</code></p>
</section>
</main>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
