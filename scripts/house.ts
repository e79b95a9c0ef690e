import { houseFiles, measuresOf } from '../test/house/measures.ts'

// `npm run house`: how the house is built, in figures, each beside its goal. Ends with 1 where a goal is missed. With -v it names what it counted.

const isVerbose = process.argv.includes('-v')
const measures = measuresOf(houseFiles())
const width = Math.max(...measures.map(({ name }) => name.length))
for (const { name, is, goal, found } of measures) {
  const mark = is > goal ? '  missed' : ''
  process.stdout.write(`${name.padEnd(width)}  ${String(is).padStart(6)}  ≤ ${goal}${mark}\n`)
  if (isVerbose || is > goal) for (const one of found) process.stdout.write(`    ${one}\n`)
}
process.exitCode = measures.some(({ is, goal }) => is > goal) ? 1 : 0
