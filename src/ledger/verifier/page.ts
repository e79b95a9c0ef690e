import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Step } from '../../../public/js/verifier.js'
import { headingOf, isRemark } from '../../../public/js/verifier.js'
import type { Language } from '../../base/platform/languages.ts'
import { words } from './words.ts'

export type Trust = { readonly keys: readonly object[]; readonly policy: string }
export type VerifierView = {
  readonly language: Language
  readonly trust: Trust
  readonly csrf: string
  readonly typed?: { readonly receipt: string; readonly proof: string }
  readonly steps?: readonly Step[]
}

const assets = join(import.meta.dirname, '../../../public')
const style = readFileSync(join(assets, 'css/verifier.css'), 'utf8')
// The page must be one file that needs no other: its two scripts are joined.
const script = ['verifier', 'verifier-page']
  .map((name) => readFileSync(join(assets, `js/${name}.js`), 'utf8'))
  .join('\n')

/** The scripts are inline, since the page must work from a disk; the policy names their hashes, so that nothing else runs. */
export const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The parts of the page that anybody can hash again: everything that runs, and everything that styles it (decision 0045). */
export const verifierObject = {
  kind: 'verifier',
  script_sha256: hexOf(script),
  style_sha256: hexOf(style),
}

/** The whole page, in one language, with no reference to anything outside it. */
export function pageOf({ language, trust, csrf, typed, steps }: VerifierView): string {
  const t = words[language]
  const base = language === 'en' ? '/en' : ''
  const area = (name: 'receipt' | 'proof', rows: number) => `<label for="${name}">${t[name]}</label>
<textarea id="${name}" name="${name}" rows="${rows}" spellcheck="false" autocomplete="off">${escaped(typed?.[name] ?? '')}</textarea>
<label for="${name}-file" hidden>${t[`${name}File`]}</label><input type="file" id="${name}-file" data-into="${name}" hidden>`
  return `<!doctype html>
<html lang="${language}-CA">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${t.title}</h1>
<p>${t.lead}</p>
<p>${t.trust}</p>
<p>${t.signed}</p>
<form method="post" action="${base}/verifier">
<input type="hidden" name="csrf" value="${escaped(csrf)}">
${area('receipt', 5)}
${area('proof', 8)}
<button>${t.button}</button>
</form>
<noscript><p>${t.plain}</p></noscript>
<div role="status" tabindex="-1">${steps === undefined ? '' : resultOf(steps, language)}</div>
</main>
<script type="application/json" id="given">${json({ trust, words: t })}</script>
<script type="module">${script}</script>
</body>
</html>
`
}

function resultOf(steps: readonly Step[], language: Language): string {
  const t: Readonly<Record<string, string>> = words[language]
  const items = steps.map(({ step, holds, values }) => {
    const word = t[`${step}.${holds ? 'yes' : 'no'}`] ?? step
    const said = word.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      String(t[`${name}.${values[name]}`] ?? values[name] ?? '?'),
    )
    const mark = isRemark({ step }) ? 'remark' : holds ? 'yes' : 'no'
    return `<li class="${mark}">${escaped(said)}</li>`
  })
  return `<h2>${t[headingOf(steps)] ?? ''}</h2><ol>${items.join('')}</ol>`
}

// Inside a script element only "<" could end it.
function json(value: object): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
