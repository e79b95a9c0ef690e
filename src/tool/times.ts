// Days and instants as they are typed, by the letters alone: help would load the calendar.

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/

export function isDay(word: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(word)) return false
  const at = new Date(`${word}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(word)
}

/** null: it is no instant */
export function instantIn(word: string | undefined): Date | undefined | null {
  if (word === undefined) return undefined
  const at = new Date(word)
  return instant.test(word) && !Number.isNaN(at.getTime()) ? at : null
}

/** Both days included. */
export function isAYearAtMost(from: string, to: string): boolean {
  if (!isDay(from) || !isDay(to) || from > to) return false
  const yearBefore = `${String(Number(to.slice(0, 4)) - 1).padStart(4, '0')}${to.slice(4)}`
  return from > yearBefore
}
