/** The same chances for the same seed. */
export function chances(from: number): () => number {
  let state = from >>> 0 || 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 1) / 4_294_967_297
  }
}
