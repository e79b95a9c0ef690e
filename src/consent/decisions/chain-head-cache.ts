/** What this process saw of the ends of people's chains: a chain that is shorter than before was put back. */
export type SeenHeads = {
  /** Notes the number of the next event. @returns whether a higher one was seen before */
  isPutBack(personId: string, nextSeq: number): boolean
}

// Those seen longest ago are forgotten.
const maxPeople = 20_000

export function makeSeenHeads(most = maxPeople): SeenHeads {
  const seen = new Map<string, number>()
  return {
    isPutBack(personId, nextSeq) {
      const known = seen.get(personId) ?? 0
      if (nextSeq < known) return true
      seen.delete(personId)
      seen.set(personId, nextSeq)
      const oldest = seen.size > most ? seen.keys().next().value : undefined
      if (oldest !== undefined) seen.delete(oldest)
      return false
    },
  }
}
