import type { Language } from '../../base/values/languages.ts'
import type { ContactBlock } from '../../base/web/contact.ts'
import type { SendingLines, SignatureWords } from '../../consent/record/index.ts'
import type { Days } from './pages.ts'

type ReceiptParty = { readonly name: string; readonly contact: string | undefined }

/** « Reçu »: to read, print and keep. */
export type ReceiptPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  /** `rcp_…` and `con_…` */
  readonly id: string
  readonly sharingId: string
  /** The number that a person reads out. */
  readonly number: string
  /** What happened: its words are `my-sharing.receipt.title.<what>`. */
  readonly what: string
  readonly at: Date
  readonly recipient: ReceiptParty
  readonly holder: ReceiptParty
  readonly purpose: string
  readonly statement: string
  /** For an answer: what is sent because of it. */
  readonly sending: SendingLines | undefined
  /** For an answer: whether her key signed it, and how that key became hers. */
  readonly signature: SignatureWords | undefined
  /** For an answer: the body whose desk saw with her, and how; undefined: nobody helped. */
  readonly helpedBy: { readonly name: string; readonly role: string } | undefined
  /** For any other event: labels of what she allowed and refused, until when, and about which days. */
  readonly yes: readonly string[]
  readonly no: readonly string[]
  /** Undefined where nothing may be sent. */
  readonly until: Date | undefined
  readonly lookback: Days | undefined
  /** Of a stop: what the recipient could still get at that moment. Empty: it is not said. */
  readonly still: readonly string[]
  /** « Ce reçu dit ce qui était vrai le … » */
  readonly trueAt: string | undefined
  /** Whether something may be sent, or was. */
  readonly isKept: boolean
  readonly retention: string
  /** `LAI 53, 53.1` */
  readonly lawfulBasis: string
  /** The text that was on the page, and in which language. */
  readonly text: string
  readonly textLanguage: Language
  /** SHA-256 of the file, in hexadecimal. */
  readonly fingerprint: string
  /** All of it in one file. */
  readonly fileHref: string
  readonly jwtHref: string
  readonly proofHref: string
  readonly verifierHref: string
  /** The page that she answered, as it was shown. */
  readonly shownHref: string
  readonly dpvHref: string
  readonly sharingHref: string
}
