import { languagePrefixes } from '../../base/values/languages.ts'
import type { OwnConsent, ReceiptListed } from '../../consent/record/index.ts'
import {
  categoriesIn,
  consentsOf,
  namesFor,
  receiptDeed,
  receiptsOf,
} from '../../consent/record/index.ts'
import type { Database } from '../../base/database/database.ts'
import { shortNumber, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { listOf } from '../../base/web/lists.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNames, categoryLabels } from '../../registry/index.ts'
import type { ProofsPage, ProofsReceipt } from './pages.ts'

const shownReceipts = 20

type ProofsReading = {
  readonly db: Database
  readonly seals: RowSeals
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
  /** `rcp_…`: only what is older. */
  readonly before: string | undefined
}

/** « Mes preuves »: her receipts, newest first, each to download. */
export async function proofsPage(reading: ProofsReading): Promise<ProofsPage> {
  const { db, seals, personId, language, before } = reading
  const listed = await receiptsOf(db, personId, { before, limit: shownReceipts + 1 })
  const { consents } = await consentsOf(db, seals, personId)
  const byId = new Map(consents.map((one) => [writeId('con', one.consentId), one]))
  const shown = listed.slice(0, shownReceipts)
  const oldest = shown.at(-1)
  return {
    receipts: shown.map((receipt) => lineOf(receipt, byId.get(receipt.consentId), reading)),
    olderHref:
      listed.length > shown.length && oldest !== undefined
        ? `${languagePrefixes[language]}/preuves?avant=${oldest.id}`
        : undefined,
  }
}

function lineOf(
  { id, consentId, kind, issuedAt }: ReceiptListed,
  consent: OwnConsent | undefined,
  { register, language, now }: ProofsReading,
): ProofsReceipt {
  const href = `${languagePrefixes[language]}/mes-partages/${consentId}/recus/${id}`
  const names = consent && namesFor(consent, register, now)
  const dataset = consent && register.datasetByNo(consent.dataset)
  const what = receiptDeed(kind, consent?.isChange)
  const labels =
    consent === undefined || names === undefined || dataset === undefined
      ? []
      : categoriesIn(
          dataset,
          consent.categories === 0n ? consent.declined : consent.categories,
        ).map(categoryLabels(names, language))
  return {
    what,
    categories: labels.length === 0 ? undefined : listOf(labels, language),
    recipient: names && consent && bodyNames(names, language)(consent.recipient),
    at: issuedAt,
    number: shortNumber(id),
    href,
    fileHref: `${href}/fichier`,
  }
}
