import { isDay } from '../../base/values/calendar.ts'

// The entries of the public log, byte by byte (docs/receipts.en.md#what-the-public-log-holds): a version, a class, and what the class has.

/** The class of an entry: `P`, about a person; `R`, a public object of the register; `H`, what the house says of itself. */
export const entryClasses = { personal: 0x50, register: 0x52, house: 0x48 } as const

/** The byte behind the class `H`: `C`, days that are closed; `S`, the hash of a snapshot that nobody outside has. */
export const houseKinds = { closing: 0x43, snapshot: 0x53 } as const
export type HouseKind = keyof typeof houseKinds

const version = 0x01
const headBytes = 2
const contentBytes = 32
const dayBytes = 10

/** The entry of an event in the public log: its 32 bytes look random. @param body what the class has behind itself */
export function logEntry(body: Buffer, entryClass: number = entryClasses.personal): Buffer {
  return Buffer.concat([Buffer.from([version, entryClass]), body])
}

/** What an entry of the house has behind its class. @param content 32 bytes */
export function houseBody(kind: HouseKind, content: Buffer): Buffer {
  if (content.length !== contentBytes) throw new RangeError('the house says 32 bytes')
  return Buffer.concat([Buffer.from([houseKinds[kind]]), content])
}

/**
 * Whether these bytes are an entry of a class that is known. What the house says in an entry of its own may be of a kind that came later:
 * whoever does not know the kind passes over it.
 */
export function isLogEntry(entry: Buffer): boolean {
  if (entry[0] !== version) return false
  if (entry[1] === entryClasses.house) return entry.length === headBytes + 1 + contentBytes
  const isKnown = entry[1] === entryClasses.personal || entry[1] === entryClasses.register
  return isKnown && entry.length === headBytes + contentBytes
}

/** The SHA-256 that a public entry holds of its document; undefined for an entry without one. */
export function publicHashIn(entry: Buffer): Buffer | undefined {
  return entry[1] === entryClasses.register ? entry.subarray(headBytes) : undefined
}

/** That all that is closed day by day is closed. */
export type DayClosingEntry = {
  /** The last day, in Québec. */
  readonly through: string
  /** How many days that are since the entry before it; 0 in the first one, which is of all days before it, too. */
  readonly days: number
}

/** `2026-11-30`, four bytes for the number of days, and zeros. */
export function closingBody({ through, days }: DayClosingEntry): Buffer {
  const content = Buffer.alloc(contentBytes)
  content.write(through, 'latin1')
  content.writeUInt32BE(days, dayBytes)
  return houseBody('closing', content)
}

/** What an entry says of days that are closed; undefined for another entry, and for one that says no day. */
export function closingOfEntry(entry: Buffer): DayClosingEntry | undefined {
  if (!isLogEntry(entry) || entry[1] !== entryClasses.house) return undefined
  const body = entry.subarray(headBytes)
  const through = body.toString('latin1', 1, 1 + dayBytes)
  if (!isDay(through)) return undefined
  const said = { through, days: body.readUInt32BE(1 + dayBytes) }
  // There is one spelling of what it says.
  return closingBody(said).equals(body) ? said : undefined
}
