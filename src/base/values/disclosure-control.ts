// Statistical disclosure control of published counts (docs/open-data.en.md, docs/design/domain.md#i23). Every function here depends
// only on what it is given, so that the interval of a figure is all that its reader learns, also where he knows this file.
//
// A body knows its own people, and decides what happens to them: it subtracts them from every figure that they are in, and next month it
// adds one. So a count is published only of what the same bodies know whole: one part, of one agreement. Whatever is of several is the
// sum of such figures (`sumOfRows`, `sumOfFigures`), never a count of its own, and whoever subtracts his part learns the figures of the
// others, which he may know. Two published figures must not have a difference that counts one to nine people, so parts do not overlap.

export const suppressionThreshold = 10
const step = 5
/** Published instead of a count below `suppressionThreshold`, zero among them: an exact zero would let a later difference count one person. */
export const suppressedCount = `<${suppressionThreshold}`
/** Published of how often, where too few people had it. */
export const withheldFigure = ''

/** How many people, and how often something happened to them together: never less than once each. */
export type PeopleCount = { readonly people: number; readonly times: number }
/** What is published of them. */
export type Figures = { readonly people: string; readonly times: string }

/** What a figure lets its reader conclude: the count lies between these, both included. */
export type Interval = readonly [from: number, to: number]

/** A count as it is published: fewer than ten are not told apart, others are rounded to the nearest five. */
export function publishedCount(count: number): string {
  return count < suppressionThreshold ? suppressedCount : String(rounded(count))
}

/**
 * Figures of a row. Nothing is said of how often, where it happened to few people. How often it happened again is protected like
 * people are: 13 times to 12 people would tell that at least one of them, and at most a few, had it twice.
 */
export function publishedFigures({ people, times }: PeopleCount): Figures {
  if (people < suppressionThreshold) return { people: suppressedCount, times: withheldFigure }
  const again = times - people
  return {
    people: String(rounded(people)),
    times: String(rounded(people) + (again < suppressionThreshold ? 0 : rounded(again))),
  }
}

/** Figures of a row of several parts: the sum of what is published of each. Who knows some parts learns the figures of the others. */
export function sumOfRows(parts: readonly Figures[]): Figures {
  const people = sumOfFigures(parts.map((part) => part.people))
  if (people === suppressedCount) return { people, times: withheldFigure }
  return { people, times: sumOfFigures(parts.map((part) => part.times)) }
}

// To the nearest five: 8 to 12 are 10.
const roundingError = 2

/** What a published figure of one part tells. @throws RangeError where it is no figure of this file */
export function intervalOf(figure: string): Interval {
  if (figure === withheldFigure) return [0, Number.POSITIVE_INFINITY]
  if (figure === suppressedCount) return [0, suppressionThreshold - 1]
  if (!/^[1-9]\d{1,11}$/.test(figure) || Number(figure) % step !== 0)
    throw new RangeError(`${figure} is no published figure`)
  return [
    Math.max(suppressionThreshold, Number(figure) - roundingError),
    Number(figure) + roundingError,
  ]
}

/**
 * The sum of figures that are published: it tells nothing that they do not. What is not said of a part counts nothing, so that the
 * sum is the least that there was.
 */
export function sumOfFigures(figures: readonly string[]): string {
  const sum = figures
    .map((figure) => (figure === suppressedCount || figure === withheldFigure ? 0 : Number(figure)))
    .reduce((one, other) => one + other, 0)
  return sum === 0 ? suppressedCount : String(sum)
}

/**
 * A count as a correction publishes it, beside the figure that was published before: the two must not tell that one to nine people
 * came or went. Where they might, the earlier figure stays.
 */
export function correctedCount(earlier: string, count: number): string {
  const [from, to] = intervalOf(earlier)
  const isNear = count > from - suppressionThreshold && count < to + suppressionThreshold
  return isNear ? earlier : publishedCount(count)
}

/** The same of both figures of a row: how often it happened again is held to what was published of that. */
export function correctedFigures(earlier: Figures, { people, times }: PeopleCount): Figures {
  const held = correctedCount(earlier.people, people)
  if (held === suppressedCount) return { people: held, times: withheldFigure }
  if (!/^\d+$/.test(held)) return earlier
  const knownAgain = Number(earlier.times) - Number(earlier.people)
  const again =
    earlier.times === withheldFigure || knownAgain === 0
      ? correctedCount(suppressedCount, times - people)
      : correctedCount(String(knownAgain), times - people)
  return {
    people: held,
    times: String(Number(held) + (again === suppressedCount ? 0 : Number(again))),
  }
}

function rounded(count: number): number {
  return Math.round(count / step) * step
}
