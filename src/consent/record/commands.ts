import { recoverFrom } from '../../base/values/expected-errors.ts'
import { NotProvedError, OperatorError } from '../../base/values/operator-error.ts'
import { requireProved, trustOf } from '../../base/tlog/policy-trust.ts'
import type { PublicDocument } from './receipts/document-check.ts'
import { checkDocument, publicDocumentIn } from './receipts/document-check.ts'
import { publishedKeysFrom, readInputFile } from './receipts/offline-inputs.ts'
import {
  checkProof,
  checkReceipt,
  signedWords,
  stillWords,
  unprovedSentences,
} from './receipts/receipt-check.ts'

// The file of a receipt holds the page that was answered, its words and its check.
const largestFile = 2 * 1024 * 1024

type Asked = {
  /** A receipt as signed, the file that holds all of it, or a document of the public register. */
  readonly file: string
  readonly proof: string | undefined
  readonly keys?: string
  readonly policy?: string
  readonly pin?: string
  /** For machines. */
  readonly isJson?: boolean
}

/**
 * `accord receipt verify`. @returns the lines to print. @throws OperatorError when the receipt or the proof does not hold, NotProvedError
 * where only the house itself says whose log that is
 */
export async function verifyReceipt(keysDir: string, asked: Asked): Promise<string[]> {
  const checked = checkedLines(keysDir, asked)
  if (asked.isJson !== true) return checked
  return checked.then(
    (says) => [JSON.stringify({ holds: true, says })],
    recoverFrom(OperatorError, (error) => {
      const { message: because, lines: says } = error
      const lines = [JSON.stringify({ holds: false, because, says })]
      const isOpen = error instanceof NotProvedError
      throw isOpen ? new NotProvedError(because, { lines }) : new OperatorError(because, { lines })
    }),
  )
}

async function checkedLines(keysDir: string, asked: Asked): Promise<string[]> {
  const { file, proof: proofAt, keys: keysAt } = asked
  const isPolicyGiven = asked.policy !== undefined || asked.pin !== undefined
  const text = await readInputFile(file, largestFile)
  const document = publicDocumentIn(text)
  if (document !== undefined) return documentLines(document, asked)
  const given = partsIn(text)
  const keys = await publishedKeysFrom(keysAt, keysDir)
  const checked = await checkReceipt(given.jwt, keys)
  if (!checked.holds) throw new OperatorError(`The receipt does not hold: ${checked.because}.`)
  if (proofAt !== undefined && !isPolicyGiven) throw new OperatorError('Whose log? Give --policy.')
  const proof = proofAt === undefined ? given.proof : await readInputFile(proofAt)
  const says = [...checked.says, ...signedWords(given.jwt), ...stillWords(given.jwt)]
  if (proof === undefined || !isPolicyGiven) return [...says, ...unprovedSentences(given.jwt)]
  const trust = await trustOf(asked)
  const proved = checkProof(given.jwt, proof, trust.policy)
  if (!proved.holds) throw new OperatorError(`The proof does not hold: ${proved.because}.`)
  return requireProved(trust, [...says, ...proved.says])
}

async function documentLines(
  document: PublicDocument,
  { proof: proofAt, policy, pin }: Asked,
): Promise<string[]> {
  if (proofAt === undefined || (policy ?? pin) === undefined)
    throw new OperatorError(
      'A document is shown by its place in a log: give its proof, and --policy.',
    )
  const trust = await trustOf({ policy, pin })
  const checked = checkDocument(document, await readInputFile(proofAt), trust.policy)
  if (!checked.holds) throw new OperatorError(`The proof does not hold: ${checked.because}.`)
  return requireProved(trust, [...checked.says])
}

/** What is signed stands in a file as text; the words that the file shows beside it are not read. */
function partsIn(text: string): { readonly jwt: string; readonly proof: string | undefined } {
  const partIn = (id: string) =>
    new RegExp(`<pre id="${id}">([^<]*)</pre>`)
      .exec(text)?.[1]
      ?.replaceAll('\r\n', '\n')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
  const proof = partIn('proof')
  return { jwt: (partIn('receipt') ?? text).trim(), proof: proof === '' ? undefined : proof }
}
