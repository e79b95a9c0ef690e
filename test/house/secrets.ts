import type { SourceFile, Violation } from './files.ts'
import { blocksOf, codeOf, filesIn } from './files.ts'

// Whoever may try a secret again and again finds it. So every comparison of one asks for a `CountedTry` (src/base/web/limits/tries.ts),
// which nobody has who was not counted, or, for signatures, let in by the line that bounds their cost.

const door = 'src/base/web/limits/tries.ts'

// What is compared there has 256 random bits or is an HMAC of ours: it is not found by trying.
const notGuessable = [
  'src/base/sealing/row-seal.ts', // the seal of a row
  'src/base/web/forms.ts', // the token of a form
  'src/base/web/cursor.ts', // where a list goes on
  'src/base/web/cookies.ts', // the signature of a cookie
  'src/provider/clients/client-secrets.ts', // the secret that we made for a service
  'src/provider/unit/interaction-cookie.ts', // the cookie of the browser that began a visit
  'src/api/authzen/page.ts', // the same, of a search
  'src/webauthn/attestation-thread.ts', // a signature, for `level-three.ts`, which is counted
  'src/signin/factors/password-hash.ts', // the hash itself; `passwords.ts`, which calls it, is counted
]

// Columns that hold a secret, or what is computed from one. `code_index` is the part of a code that names its account.
const secret =
  '(?:proof|\\w*_proof|\\w*secret\\w*|\\w*password\\w*|(?:\\w+_)?code_(?!index|by\\b)\\w+|code)'

const comparisons: readonly RegExp[] = [
  /\btimingSafeEqual\(/,
  /\bargon2\(/,
  // A code of an application (otpauth).
  /\btotp\w*\.validate\(/i,
  /\bverify(?:Authentication|Registration)Response\(/,
  // A row that is found by a secret: the database compares.
  new RegExp(`\\b(?:where|and|or|on)\\s+(?:\\w+\\.)?${secret}\\s*(?:=|in\\b)`, 'i'),
]

export function uncountedComparisons(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => !notGuessable.includes(path))
    .flatMap(({ path, text }) =>
      blocksOf(codeOf(text))
        .filter((block) => !/:\s*CountedTry\b/.test(block))
        .flatMap((block) => {
          const found = comparisonIn(block)
          return found === undefined
            ? []
            : [{ path, says: `compares a secret uncounted: ${found}` }]
        }),
    )
}

export function countedElsewhere(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(
      ({ path, text }) => path !== door && /\bas CountedTry\b|<CountedTry>/.test(codeOf(text)),
    )
    .map(({ path }) => ({ path, says: 'makes a CountedTry' }))
}

function comparisonIn(block: string): string | undefined {
  const code = withoutImports(block)
  const matches = [...comparisons.map((one) => one.exec(code)?.[0]), builderComparison(code)]
  return matches.find((match) => match !== undefined)
}

// `.where({ proof })`, `.whereIn('codeDigest', …)`: what the builder compares, in the snake case of the database.
function builderComparison(code: string): string | undefined {
  const calls = code.matchAll(
    /\.(?:where|andWhere|orWhere|whereIn)\(\s*(\{[^}]*\}|['"`][\w.]+['"`])/g,
  )
  const isSecret = new RegExp(`^${secret}$`)
  for (const [call, first = ''] of calls) {
    const names = first.startsWith('{') ? membersOf(first) : [first.replaceAll(/['"`]/g, '')]
    // How somebody proved herself is no secret.
    const columns = names.filter((name) => name !== 'signinAttempts.proof').map(columnOf)
    if (columns.some((column) => isSecret.test(column))) return call
  }
  return undefined
}

function membersOf(literal: string): string[] {
  return literal
    .slice(1, -1)
    .split(',')
    .map((member) => (member.split(':', 1)[0] ?? '').trim())
    .filter((name) => /^\w+$/.test(name))
}

function columnOf(name: string): string {
  const last = name.split('.').at(-1) ?? ''
  return last.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function withoutImports(block: string): string {
  return block.replaceAll(/^import\b[^;]*?from '[^']*'$/gm, '')
}
