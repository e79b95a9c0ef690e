/** A variable that is set, and that nobody reads, because it is spelt almost as one that is. */
export type MisspeltVariable = { readonly name: string; readonly meant: readonly string[] }

// Short names are near to too many others: HOST and HOME, PORT and SORT.
const shortest = 5
const longEnoughForTwo = 8
// No other software uses names that begin so. Kubernetes adds some for a service that is called as ours are, and npm a hundred, which
// took a tenth of a start to compare.
const ownPrefixes = ['AUTHZEN_', 'CONTACT_', 'OPERATOR_', 'OUTBOUND_', 'PRIVACY_', 'TRUSTED_']
const ofOthers = /^npm_|_(SERVICE_(HOST|PORT)|PORT)(_|$)/

/** A setting that nobody reads is unsafe in silence: its writer believes that it holds. */
export function misspeltVariables(
  names: readonly string[],
  known: readonly string[],
): MisspeltVariable[] {
  return names
    .filter((name) => !known.includes(name) && !ofOthers.test(name))
    .map((name) => ({ name, meant: nearTo(name, known) }))
    .filter(({ meant }) => meant.length > 0)
}

function nearTo(name: string, known: readonly string[]): readonly string[] {
  const near = known.filter(
    (one) => one.length >= shortest && distance(name.toUpperCase(), one) <= allowed(one),
  )
  if (near.length > 0) return near
  const prefix = ownPrefixes.find((own) => name.startsWith(own))
  return prefix === undefined ? [] : known.filter((one) => one.startsWith(prefix))
}

function allowed(name: string): number {
  return name.length >= longEnoughForTwo ? 2 : 1
}

const farthest = 2

/**
 * How many letters were left out, added, changed or taken for their neighbour (optimal string alignment): up to two, and Infinity
 * beyond. Cells more than two away from the diagonal are beyond too, and words without likeness are left after three letters.
 */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > farthest) return Infinity
  let [before, above]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, i) => i),
  ]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = Math.max(1, i - farthest); j <= Math.min(b.length, i + farthest); j++) {
      const changed = at(above, j - 1) + Number(a[i - 1] !== b[j - 1])
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity
      const cell = Math.min(at(above, j) + 1, at(row, j - 1) + 1, changed, swapped)
      row[j] = cell
      least = Math.min(least, cell)
    }
    if (least > farthest) return Infinity
    ;[before, above] = [above, row]
  }
  const found = at(above, b.length)
  return found > farthest ? Infinity : found
}

function at(row: readonly number[], place: number): number {
  return row[place] ?? Infinity
}
