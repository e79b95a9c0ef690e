// What others wrote, as a terminal shows it: nothing in it moves the cursor, turns the writing round, or looks like a line of ours.

/** Narrower than the terminals that there are: a line that the terminal breaks would begin where our own lines begin. */
const width = 76
const beside = '    … '

// Controls, invisible characters, blanks that are no space, and writing from right to left, which moves what stands around it.
const unseen =
  /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}\u{590}-\u{8ff}\u{fb1d}-\u{fdff}\u{fe70}-\u{feff}\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]--\u{20}]/gv
// A mark stands on its letter, and not on the quotation mark before it; at most two stand on one.
const loose = /(?<![\p{L}\p{N}]\p{M}?)\p{M}/gu
// A row of spaces would push what follows to the beginning of a line.
const spaces = /(?<= ) +/g

/** A JSON value in one line; each value has a line of its own, whatever is in it. */
export function visible(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(spaces, escaped)
    .replaceAll(unseen, escaped)
    .replaceAll(loose, escaped)
}

/** A name of ours as it is, after its kind or not; whatever else stands in its place, as a value. */
export function visibleName(name: string): string {
  return /^([\w-]+ )?\w[\w.@:-]*$/.test(name) ? name : visible(name)
}

/** A line that is longer than a terminal, in several: each of them but the first begins with a mark. */
export function breakLine(line: string): string[] {
  const lines: string[] = []
  let rest = line
  while (columns(rest) > width) {
    const end = endOf(rest, lines.length > 0)
    lines.push(rest.slice(0, end))
    rest = `${beside}${rest.slice(end)}`
  }
  return [...lines, rest]
}

// The last space that fits; where none does, the last character. What is broken off is longer than the mark: so it gets shorter.
function endOf(line: string, isLater: boolean): number {
  const first = isLater ? beside.length : 0
  let [end, space, used] = [0, 0, 0]
  for (const character of line) {
    used += columns(character)
    if (used > width) break
    end += character.length
    if (character === ' ' && end > first + width / 2) space = end
  }
  return space === 0 ? end : space
}

// A terminal gives some letters two columns.
function columns(text: string): number {
  return Array.from(text).reduce(
    (sum, character) => sum + (/[\u{20}-\u{2ff}‹›«»’…→—]/u.test(character) ? 1 : 2),
    0,
  )
}

function escaped(text: string): string {
  return Array.from(
    text,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  ).join('')
}
