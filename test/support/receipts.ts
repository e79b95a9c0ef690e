import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
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
