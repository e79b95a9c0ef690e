import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { present } from '../../src/base/values/present.ts'
import type { ReceiptClaims } from '../../src/consent/record/index.ts'
import type { Browser } from './browser.ts'

const file = join(import.meta.dirname, '../../docs/schemas/receipt/1.json')
const ajv = new Ajv2020({ allErrors: true, strict: true, formats: fullFormats })
const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object)

/** What is wrong with the claims of a receipt by the published schema; empty when nothing is. */
export function receiptProblems(claims: unknown): string[] {
  if (validate(claims)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** The addresses of a sharing's receipts on its page, newest first. */
export async function receiptsOn(browser: Browser, consentId: string): Promise<string[]> {
  const page = await browser.get(`/mes-partages/${consentId}`)
  const found = page.body.matchAll(/href="(\/mes-partages\/con_\w+\/recus\/rcp_\w+)"/g)
  return [...found].map(([, path = '']) => path)
}

/** The signed text of the newest receipt of a sharing, as its person downloads it. */
export async function newestReceipt(browser: Browser, consentId: string): Promise<string> {
  const [path = ''] = await receiptsOn(browser, consentId)
  const file = await browser.get(`${path}/jwt`)
  if (file.status !== 200) throw new Error(`no receipt: ${file.status}`)
  return file.body
}

export function claimsIn(jwt: string): ReceiptClaims {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as ReceiptClaims
}

/** The same claims, as an event of an answer tells them: what a forger who has the key of receipts writes beside an event of his. */
export function claimsTelling(claims: ReceiptClaims, payload: string): ReceiptClaims {
  const written = JSON.parse(payload) as Told
  const { kind, event_id, recorded_at: event_time, categories_granted: granted } = written
  const isYes = kind === 'consent.granted'
  const [purpose] = claims.purposes
  const asked = [...granted, ...written.categories_declined]
  const [event] = claims.event
  const until = written.valid_until_local
  const { sending: _effects, ...others } = claims
  return {
    ...others,
    record_id: written.consent_id,
    privacy_notice: { ...claims.privacy_notice, rendered_sha256: written.rendered_sha256 },
    purposes: [
      {
        ...purpose,
        pii_information: asked.map((id) => ({
          ...present(purpose.pii_information[0], 'a category of a receipt'),
          pii_type: id,
          pii_consented: granted.includes(id),
        })),
      },
    ],
    event: [
      {
        ...event,
        event_type: isYes ? 'given' : 'refused',
        event_state: isYes ? 'active' : 'refused',
        event_kind: kind,
        event_id,
        event_time,
        validity_duration: `until ${until}`,
      },
    ],
  }
}

type Told = Readonly<
  Record<
    'event_id' | 'recorded_at' | 'consent_id' | 'valid_until_local' | 'rendered_sha256',
    string
  >
> & {
  readonly kind: 'consent.granted' | 'consent.refused'
  readonly categories_granted: readonly string[]
  readonly categories_declined: readonly string[]
}
