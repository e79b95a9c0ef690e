import type { Database } from '../../src/base/database/database.ts'
import type { SigningTerminal } from '../../src/base/ports/signing-terminal.ts'
import type { ExportContext } from '../../src/api/me/index.ts'
import { handOver } from '../../src/api/me/index.ts'
import type { DossierParts, BreachLister } from '../../src/consent/dossiers/index.ts'
import {
  listTouched,
  makeDossier,
  makeReadingKey,
  verifyDossier,
} from '../../src/consent/dossiers/index.ts'
import type { OrderedEraser } from '../../src/consent/erasure/index.ts'
import { eraseByOrder, holdByOrder } from '../../src/consent/erasure/index.ts'
import type { LiftParts } from '../../src/consent/matching/index.ts'
import { liftByOrder, showAnswer, showStops } from '../../src/consent/matching/index.ts'
import { verifyReceipt } from '../../src/consent/record/index.ts'
import type { OrderParts } from '../../src/pages/my-access/index.ts'
import { orderAccess, showAccess } from '../../src/pages/my-access/index.ts'
import type { RegisterGiven, ServiceCheck } from '../../src/registry/index.ts'
import {
  maintainRegister,
  makeSignerKey,
  signChangeFile,
  signOrderFile,
} from '../../src/registry/index.ts'
import {
  accountClose,
  accountCounterCode,
  accountDeceased,
  accountRestore,
  accountShow,
  accountSuspend,
} from '../../src/tool/account.ts'
import { auditKey, auditPerson, auditVerify } from '../../src/tool/audit.ts'
import { breachList } from '../../src/tool/breach.ts'
import type { Command, ReadCommand } from '../../src/tool/command.ts'
import { matchingLift, matchingShow, matchingStops } from '../../src/tool/matching.ts'
import { orderSign } from '../../src/tool/order.ts'
import { personErase, personExport, personHold, personRelease } from '../../src/tool/person.ts'
import { receiptVerify } from '../../src/tool/receipt.ts'
import {
  registerApply,
  registerExport,
  registerKey,
  registerPlan,
  registerSign,
} from '../../src/tool/register.ts'

// Commands by their own parse, over parts of the test. Each takes the words behind the first one, and answers undefined where they are
// wrong usage.

type Words = readonly string[]
type Answer = Promise<string[] | undefined>

/** What was typed behind its words. @returns undefined: wrong usage */
export function readOf<Asked>(
  command: Command<Asked>,
  args: Words,
): ReadCommand<Asked> | undefined {
  const read = command.read(args)
  return 'wrong' in read ? undefined : read
}

/** What these words ask of the command. */
export function askedOf<Asked>(command: Command<Asked>, words: Words): Asked | undefined {
  const own = command.words.slice(1)
  const isIt = own.every((word, at) => words[at] === word)
  return isIt ? readOf(command, words.slice(own.length))?.asked : undefined
}

/** What they ask of the one whose words they are. */
function askedOfOne<Asked>(commands: readonly Command<Asked>[], words: Words): Asked | undefined {
  return commands.map((one) => askedOf(one, words)).find((asked) => asked !== undefined)
}

export async function erasureCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<OrderedEraser>,
): Answer {
  const asked = askedOf(personErase, words)
  return asked && eraseByOrder(db, asked, now, open)
}

export async function holdCommand(
  db: Database,
  words: Words,
  now: Date,
  open: Parameters<typeof holdByOrder>[3],
): Answer {
  const asked = askedOf(personHold, words) ?? askedOf(personRelease, words)
  return asked && holdByOrder(db, asked, now, open)
}

export async function matchingCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<LiftParts>,
): Answer {
  const reference = askedOf(matchingShow, words)
  if (reference !== undefined) return showAnswer(db, reference)
  if (askedOf(matchingStops, words)) return showStops(db, await open())
  const asked = askedOf(matchingLift, words)
  return asked && liftByOrder(db, await open(), asked, now)
}

const deeds = [accountSuspend, accountDeceased, accountRestore, accountCounterCode, accountClose]

export async function accountCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<OrderParts>,
): Answer {
  const shown = askedOf(accountShow, words)
  if (shown !== undefined) return showAccess(db, shown)
  const asked = askedOfOne<Parameters<typeof orderAccess>[1]>(deeds, words)
  return asked && orderAccess(db, asked, now, open)
}

export async function dossierCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<DossierParts>,
): Answer {
  const asked = askedOf(auditPerson, words)
  return asked && makeDossier(db, asked, now, open)
}

export async function breachCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<BreachLister>,
): Answer {
  const asked = askedOf(breachList, words)
  return asked && listTouched(db, asked, now, open)
}

export async function handOverCommand(
  db: Database,
  words: Words,
  now: Date,
  open: () => Promise<ExportContext>,
): Answer {
  const asked = askedOf(personExport, words)
  return asked && handOver(db, asked, now, open)
}

export async function readingCommand(keysDir: string, words: Words): Answer {
  const file = askedOf(auditKey, words)
  if (file !== undefined) return makeReadingKey(file)
  const asked = askedOf(auditVerify, words)
  return asked && verifyDossier(keysDir, asked)
}

export async function receiptCommand(keysDir: string, words: Words): Answer {
  const asked = askedOf(receiptVerify, words)
  return asked && verifyReceipt(keysDir, asked)
}

export async function registerCommand(
  db: Database,
  words: Words,
  now: Date,
  unservable: ServiceCheck,
  given: RegisterGiven,
): Answer {
  const asked =
    askedOf(registerPlan, words) ?? askedOf(registerApply, words) ?? askedOf(registerExport, words)
  return asked && maintainRegister(db, asked, now, unservable, given)
}

export async function signingCommand(words: Words, now: Date, terminal?: SigningTerminal): Answer {
  const file = askedOf(registerKey, words)
  if (file !== undefined) return makeSignerKey(file)
  const asked = askedOf(registerSign, words)
  return asked && signChangeFile(asked, now, terminal)
}

export async function orderCommand(words: Words, now: Date, terminal?: SigningTerminal): Answer {
  const asked = askedOf(orderSign, words)
  return asked && signOrderFile(asked, now, terminal)
}
