import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VerdictSaid } from '../../../public/js/receipt-said.js'
import {
  answerOf,
  bodyOf,
  partsOf,
  printsSaid,
  safe,
  stepsOf,
  titleOf,
} from '../../../public/js/receipt-said.js'
import type { KeyPrint, SignedClaims, Step, VerifierTrust } from '../../../public/js/verifier.js'
import { fingerprintOf, printsOf, signedClaims } from '../../../public/js/verifier.js'
import { fromBase64url } from '../../base/values/base64.ts'
import type { Language } from '../../base/values/languages.ts'
import { languages } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import { saidWords } from './said-words.ts'
import { words } from './words.ts'

/** What was checked on the server, for whoever has no JavaScript. */
export type VerifierChecked = {
  readonly steps: readonly Step[]
  readonly claims: SignedClaims | undefined
  readonly typed: { readonly receipt: string; readonly proof: string }
}

/** What the template of the page receives. */
export type VerifierPage = {
  readonly words: Readonly<Record<string, string>>
  readonly csrf: string
  readonly receipt: string
  readonly proof: string
  readonly said: VerdictSaid | undefined
  readonly steps: string
  readonly prints: string
  /** What runs, and what it is given: as HTML, so that their text is what the policy and the log name. */
  readonly scripts: string
}

/** The parts of the file of a receipt; `shown` is the page that was answered, as it was kept. */
type ReceiptFileParts = {
  readonly receipt: string
  readonly proof: string
  readonly shown: string | undefined
  readonly trust: VerifierTrust
}

const assets = join(import.meta.dirname, '../../../public')
const style = readFileSync(join(assets, 'css/verifier.css'), 'utf8')
// A file must need no other: its scripts are joined, and what they import is there.
const script = ['verifier', 'receipt-said', 'verifier-page']
  .map((name) => readFileSync(join(assets, `js/${name}.js`), 'utf8'))
  .map((text) => text.replaceAll(/^import \{[^}]*\} from '[^']+'\n/gm, ''))
  .join('\n')

/** One script may run, by its hash; nothing may be fetched but the look of the site. */
export const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of a file: one script and one style, by their hashes, and no request at all. */
const filePolicy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "form-action 'none'",
  "base-uri 'none'",
].join('; ')

/** The parts that anybody can hash again: everything that runs, and everything that styles a file (decision 0045). */
export const verifierObject = {
  kind: 'verifier',
  script_sha256: hexOf(script),
  style_sha256: hexOf(style),
}

/** The page inside the frame of the site. */
export async function verifierPage(
  language: Language,
  { trust, csrf }: { readonly trust: VerifierTrust; readonly csrf: string },
  checked: VerifierChecked | undefined,
): Promise<VerifierPage> {
  const t = wordsOf(language)
  return {
    words: t,
    csrf,
    receipt: checked?.typed.receipt ?? '',
    proof: checked?.typed.proof ?? '',
    said: checked && {
      ...answerOf({ ...checked, from: 'any', icons: true }, t),
      kind: kindOf(checked, t),
    },
    steps: checked === undefined ? '' : stepsOf(checked.steps, t),
    prints: printsSaid(await printsOf(trust), t),
    scripts: scriptsWith(await givenFor(language, trust, true)),
  }
}

function kindOf({ steps }: VerifierChecked, t: ReturnType<typeof wordsOf>): string {
  return t[steps.every(({ holds }) => holds) ? 'verdict.checked-here' : 'verdict.beware']
}

/** The file of a receipt: it holds all of it, and checks itself without a network. @throws Error for what is no receipt of these keys */
export async function receiptFile(
  { receipt, proof, shown, trust }: ReceiptFileParts,
  language: Language,
): Promise<string> {
  const claims = await signedClaims(receipt, trust.keys)
  if (claims === undefined) throw new Error('a receipt that none of the published keys signed')
  const own = { ...trust, keys: keysOf(receipt, trust) }
  const t = saidWords[language]
  const keys = await printsOf(own)
  const print = await fingerprintOf(receipt)
  const main = bodyOf({ claims, receipt, proof, shown, print, keys }, t)
  const given = { language, trust: own, shown, words: { [language]: t } }
  return fileOf({ language, title: titleOf(main), main, given })
}

/** Of each language, the version of the files of receipts that are made now: a file of another version is not compared. */
async function versionsNow(): Promise<Readonly<Record<string, string>>> {
  const versions = languages.map(async (language) => {
    const given = { words: { [language]: saidWords[language] } }
    const { version } = await partsOf(fileOf({ language, title: '', main: '', given }))
    return [language, version] as const
  })
  return Object.fromEntries(await Promise.all(versions))
}

// Of all keys of receipts a file needs the one that signed it.
function keysOf(receipt: string, { keys }: VerifierTrust): readonly object[] {
  const [header = ''] = receipt.split('.')
  const read = present(fromBase64url(header), 'the header of a receipt').toString()
  const { kid } = JSON.parse(read) as { readonly kid?: string } // its signature was checked
  return keys.filter((key) => 'kid' in key && key.kid === kid)
}

/** The same page as one file, which works without a network. */
export async function verifierFile(language: Language, trust: VerifierTrust): Promise<string> {
  const t = wordsOf(language)
  const keys: readonly KeyPrint[] = await printsOf(trust)
  const main = `<div class="head" id="head"><div class="wrap">
<p class="kind" id="kind" hidden><span id="kind-said"></span></p>
<h1 id="title" tabindex="-1">${safe(t.title)}</h1>
<p class="lead" id="lead">${safe(t.lead)}</p>
</div></div>
<div class="wrap page">
<div id="answer"></div>
<h2 id="again"></h2>
<div class="drop"><label for="file"><strong>${safe(t.drop)}</strong> <span class="drop-choose">${safe(t.choose)}</span></label><input type="file" id="file" multiple accept=".html,.jwt,.tlog-proof,.txt"></div>
<p class="hint">${safe(t.here)}</p>
<noscript><p>${safe(t['verdict.unchecked-text'])}</p></noscript>
<details class="fold"><summary>${safe(t.specialists)}</summary><div class="inside">
<p>${safe(t.formats)}</p><p>${safe(t.signed)}</p><div id="steps"></div>
<h2>${safe(t.trusted)}</h2><dl class="prints">${printsSaid(keys, t)}</dl>
</div></details>
</div>`
  const given = await givenFor(language, trust, false)
  return fileOf({ language, title: t.title, main, given })
}

type FileOf = {
  readonly language: Language
  readonly title: string
  readonly main: string
  readonly given: object
}

function fileOf({ language, title, main, given }: FileOf): string {
  return `<!doctype html>
<html lang="${language}-CA">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${filePolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>${main}</main>
${scriptsWith(given)}
</body>
</html>
`
}

async function givenFor(language: Language, trust: VerifierTrust, icons: boolean): Promise<object> {
  return { trust, language, words: bothFor(language), versions: await versionsNow(), icons }
}

function wordsOf(language: Language) {
  return { ...saidWords[language], ...words[language] }
}

// The file of a receipt may be in the other language: then its words are needed to compare what it shows.
function bothFor(language: Language): Readonly<Record<string, object>> {
  const other = language === 'fr' ? 'en' : 'fr'
  const shown = Object.entries(saidWords[other]).filter(
    ([key]) => !/^(?:third|verdict(?!\.unchecked)|row)\./.test(key),
  )
  return { [language]: wordsOf(language), [other]: Object.fromEntries(shown) }
}

// Inside a script element only "<" could end it.
function scriptsWith(given: object): string {
  const json = JSON.stringify(given).replaceAll('<', String.raw`\u003c`)
  return `<script type="application/json" id="given">${json}</script>
<script type="module">${script}</script>`
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
