/** The series of a page of metrics, in the text format of Prometheus: name with labels → value. */
export function seriesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      const value = line.slice(end + 1)
      return [line.slice(0, end), value === '+Inf' ? Infinity : Number(value)]
    }),
  )
}
