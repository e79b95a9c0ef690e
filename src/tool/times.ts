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
