// Compares ways to do the same thing: rounds in which each way has its turn, in a random order, so that a slow minute of the machine
// meets all of them. CPU of the whole process, so that other programs and waits for the thread pool do not count, and its threads do.
// Medians of the rounds, and the median of each round's ratio to the first way.
// node FILE.mjs [calls a round] [rounds]

const [calls = 200, rounds = 101] = process.argv.slice(2).map(Number)

/** @param ways by name: functions, of which the result is not looked at. @param title one line */
export async function compare(title, ways) {
  const names = Object.keys(ways)
  const micros = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) await once(ways[name], calls)
  for (let round = 0; round < rounds; round++)
    for (const name of names.toSorted(() => Math.random() - 0.5))
      micros[name].push(await once(ways[name], calls))
  const [base] = names
  process.stdout.write(`${title} (node ${process.version}, ${calls} calls, ${rounds} rounds)\n`)
  for (const name of names) {
    const ratios = micros[name].map((value, round) => value / micros[base][round])
    const line = `${median(micros[name]).toFixed(2).padStart(9)} µs CPU  × ${median(ratios).toFixed(3)}`
    process.stdout.write(`${line}  ${name}\n`)
  }
}

async function once(way, count) {
  const from = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    const done = way(i)
    if (done instanceof Promise) await done
  }
  const { user, system } = process.cpuUsage(from)
  return (user + system) / count
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]
}
