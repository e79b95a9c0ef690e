import { retention, spanWords } from '../../base/values/retention.ts'
import type { Order, OrderedDeed } from './order-shape.ts'
import { breakLine, visible, visibleName } from './visible.ts'

// The one text of an order: who writes it down and who signs it read the same. Every member of it stands there.

/** What is done, in a sentence: each deed that can be ordered has one. */
const sentences: Readonly<Record<OrderedDeed, string>> = {
  suspend: 'suspends an access: its sessions and tokens end, and nobody signs in with it',
  deceased: 'notes that a person died: her access ends, and nothing is sent about her any more',
  restore: 'lets a person sign in again, and seals what was changed past the broker',
  'counter-code': 'makes a code that opens this access to whoever holds it',
  close: `closes an access: its sharings and sessions end, and it is erased after ${spanWords(retention.closing, 'en')}`,
  erase: 'erases what is held of a person, up to the end of a year, for good',
  dossier: 'makes a dossier of what the entries of a person tell, for somebody else to read',
  export: 'writes everything that is held about a person into a file, for whom the reason names',
  breach: 'lists the people whom something of the register touched between two days',
  hold: 'lets what is kept of a person for its time not be erased before a day',
  release: 'lets what was held of a person be erased at its time again',
  settle: 'lets information about a person flow again: what is kept of her is what her events tell',
  restored: 'lets a database go on that is older than its public log',
  matching: 'lets a body ask again whose files they are, though it was stopped',
  brake: 'suspends something of the register at once, for a day',
  'brake-confirm': 'lets what was suspended at once stay suspended, for thirty days',
  'brake-release': 'ends at once what was suspended at once',
  'office-first': 'names at the desk of a body who names everybody else there',
}

/** @returns the lines, the last one with the hash that is signed */
export function orderText(order: Order, sha256: string): string[] {
  const { type, issuer, deed, about, details, reason, made_at: at, nonce, ...others } = order
  const nothingElse: Readonly<Record<string, never>> = others // a member more has a line here, or this does not compile
  return [
    `An order for ${visible(issuer)}: it ${sentences[deed]}`,
    `  deed     ${visibleName(deed)}`,
    `  about    ${visible(about)}`,
    ...Object.entries({ ...details, ...nothingElse }).map(
      ([name, value]) => `  with     ${visible(name)}: ${visible(value)}`,
    ),
    `  because  ${visible(reason.fr)}`,
    `  because  ${visible(reason.en)}`,
    `  made on  ${visibleName(at)}, as ${visibleName(nonce)} of ${type}`,
    `hash ${sha256}`,
  ].flatMap(breakLine)
}
