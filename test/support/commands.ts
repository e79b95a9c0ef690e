import type { Command } from '../../src/tool/command.ts'
import type { Database } from '../../src/base/database/database.ts'
import type { OrderedEraser } from '../../src/consent/erasure/index.ts'
import { eraseByOrder } from '../../src/consent/erasure/index.ts'
import type { LiftParts } from '../../src/consent/matching/index.ts'
import { liftByOrder, showAnswer, showStops } from '../../src/consent/matching/index.ts'
import { matchingLift, matchingShow, matchingStops } from '../../src/tool/matching.ts'
import { personErase } from '../../src/tool/person.ts'

// Commands by their own parse, over parts of the test. Each answers undefined where its words are wrong usage.

/** @param words from the second word of a command on */
function askedOf<Asked>(command: Command<Asked>, words: readonly string[]): Asked | undefined {
  const own = command.words.slice(1)
  const isIt = own.every((word, at) => words[at] === word)
  return isIt ? command.read(words.slice(own.length))?.asked : undefined
}

export async function erasureCommand(
  db: Database,
  words: readonly string[],
  now: Date,
  open: () => Promise<OrderedEraser>,
) {
  const asked = askedOf(personErase, words)
  return asked && eraseByOrder(db, asked, now, open)
}

export async function matchingCommand(
  db: Database,
  words: readonly string[],
  now: Date,
  open: () => Promise<LiftParts>,
) {
  const reference = askedOf(matchingShow, words)
  if (reference !== undefined) return showAnswer(db, reference)
  if (askedOf(matchingStops, words)) return showStops(db, await open())
  const asked = askedOf(matchingLift, words)
  return asked && liftByOrder(db, await open(), asked, now)
}
