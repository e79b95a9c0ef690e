import { randomUUID } from 'node:crypto'
import { transact } from '../../src/base/database/database.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import type { Vault } from '../../src/ledger/chain/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { lockAccount } from '../../src/people/accounts/index.ts'
import type { CardProofs, DrawnCard } from '../../src/signin/factors/index.ts'
import { keepCard, makeCardProofs } from '../../src/signin/factors/index.ts'
import type { Broker } from './broker.ts'
import type { Answer, Browser } from './browser.ts'
import { formOf } from './browser.ts'
import { secret } from './secrets.ts'

export const cardMakers = () => ({
  organisation: 'org_aide-etudes',
  offices: [randomUUID(), randomUUID()] as const,
})

/** Proofs of cards under keys of which none was retired. */
export function cardsUnder(dataKeys: Parameters<typeof makeCardProofs>[0]): CardProofs {
  return makeCardProofs(dataKeys, () => Promise.resolve([]))
}

/** A card as two officers gave it to a person of a broker. */
export async function giveCard(
  { db, keysDir }: Pick<Broker, 'db' | 'keysDir'>,
  personId: string,
): Promise<DrawnCard & { readonly cardId: string; readonly vault: Vault }> {
  const keys = await openKeys(keysDir)
  const vault = makeVault(keys, signalMapping)
  const drawn = cardsUnder(keys.data).draw()
  for (const text of [drawn.number, ...drawn.codes]) {
    secret('card', text)
    secret('card', text.replaceAll(' ', ''))
  }
  const cardId = await transact(db, async (tx) => {
    await lockAccount(tx, personId)
    return keepCard(tx, vault, { personId, kept: drawn.kept, by: cardMakers() })
  })
  return { ...drawn, cardId, vault }
}

/** Types a card at a terminal. @returns the answer to the form */
export async function enterByCard(
  browser: Browser,
  path: string,
  { number, code }: { readonly number: string; readonly code: string },
): Promise<Answer> {
  const { url } = await browser.follow(path)
  const { action, fields } = formOf(await browser.get(`${url}/carte`))
  return browser.post(action, { ...fields, number, code })
}
