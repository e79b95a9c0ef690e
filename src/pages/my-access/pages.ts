import type { KeyLevel } from '../../webauthn/index.ts'
import type { KeyRule } from '../../consent/record/index.ts'
import type { Notice, WaitCause } from '../../people/accounts/index.ts'
import type { ShownSeed } from '../../signin/factors/index.ts'
import type { ClaimKinds, ShownClaim } from '../../consent/claims/index.ts'
import type { ClaimName } from '../../registry/index.ts'
import type { MailState } from '../../people/notifications/index.ts'
import type { RemovalRequest } from './immediate-removal.ts'

/** What the templates in views/my-access receive. */
export type PasskeyLine = {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  /** Synchronised between devices by its provider (backup state), or tied to one device. */
  readonly synchronised: boolean
  /** Whether it proved who she is in this session. */
  readonly current: boolean
  readonly suspended: boolean
  /** Its row was changed by somebody else: it opens nothing, and can only be removed. */
  readonly untrusted: boolean
  /** It was taken away, and waits. */
  readonly waits: boolean
  /** What its maker attests; undefined: nothing. */
  readonly level?: KeyLevel | undefined
}

type FactorLine = {
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  readonly suspended: boolean
  /** As of a key. */
  readonly untrusted: boolean
  readonly waits: boolean
}

/** The way without a passkey: the password, and the second factors that may follow it. */
export type PasswordLines = {
  readonly password: (FactorLine & { readonly address: string | undefined }) | undefined
  readonly totp: FactorLine | undefined
  readonly securityKeys: readonly PasskeyLine[]
}

/** An account elsewhere that opens the access; `suspended`: its provider is not active now. */
export type AccountLine = FactorLine & {
  readonly id: string
  readonly name: string
  readonly current: boolean
  /** She lets no account of that body open anything. */
  readonly blocked: boolean
}

/** A body whose accounts she lets open nothing; without a name: all of them, those to come too. */
export type BlockLine = { readonly value: string; readonly name: string | undefined }

/** A name or a birth date, and who says so. */
export type VouchedLine = ShownClaim & { readonly name: ClaimName }

export type AccountPage = {
  readonly csrf: string
  readonly account: AccountLine
  /** What its provider says of her. */
  readonly vouched: readonly VouchedLine[]
  /** Whether this session takes it away at once, or it waits. */
  readonly removing: RemovalRequest
  readonly removable: boolean
  /** Whether something else would open the access; and whether that holds without any account elsewhere. */
  readonly blockable: boolean
  readonly allBlockable: boolean
  readonly problem: string | undefined
}

/** « Relier ce compte à votre accès? » */
export type AddAccountPage = {
  readonly csrf: string
  readonly id: string
  readonly provider: string
  readonly problem: string | undefined
}

export type PasswordPage = {
  readonly csrf: string
  readonly action: string
  /** Whether the person has a password already. */
  readonly isChange: boolean
  readonly address: string
  /** Without e-mail no other address can be verified. */
  readonly mail: MailState
  readonly problem: string | undefined
}

export type PasswordRemovalPage = {
  readonly csrf: string
  /** As of an account. */
  readonly removing: RemovalRequest
  /** It was taken away already, and waits. */
  readonly waits: boolean
  readonly removable: boolean
}

export type TotpPage = {
  readonly csrf: string
  readonly action: string
  readonly shown: ShownSeed
  readonly isChange: boolean
  readonly problem: string | undefined
}

export type SessionLine = {
  readonly id: string
  readonly device: string
  readonly since: Date
  readonly lastSeenAt: Date
  readonly current: boolean
}

export type ServiceLine = {
  readonly id: string
  readonly name: string
  readonly organisation: string
  /** Whether it may sign people in today. */
  readonly isActive: boolean
  readonly firstUsedAt: Date
  readonly lastUsedAt: Date
  /** What it is told of her at a sign-in, in words; undefined: nothing but its number for her. */
  readonly receives: string | undefined
}

/** What a service is told of her. */
export type GivenLine = ShownClaim & {
  readonly name: ClaimName
  readonly purpose: string
  readonly since: Date
  /** Where she ends it by itself; undefined: the service cannot do without it. */
  readonly endAction: string | undefined
}

/** What a service asks for, and she refused. */
export type RefusedLine = ShownClaim & {
  readonly name: ClaimName
  readonly purpose: string
  readonly giveAction: string
  /** Names the words of the purpose. */
  readonly shown: string
}

/** « Mon accès » → a service. */
export type ServicePage = {
  readonly csrf: string
  readonly service: ServiceLine
  readonly received: readonly GivenLine[]
  readonly refused: readonly RefusedLine[]
  readonly kinds: ClaimKinds
  /** Why it may ask whether a file of its own is hers; undefined: it may not. */
  readonly asksForFiles: string | undefined
}

/** « Mettre fin au lien » with a service. */
export type ServiceEndPage = {
  readonly csrf: string
  readonly id: string
  readonly name: string
}

/** A service that asks her to sign in there, without her browser. */
export type RequestLine = {
  readonly id: string
  readonly service: string
  readonly organisation: string
  /** Two words that the service has too. */
  readonly words: string
  readonly until: Date
}

/** A body of which she wants no such requests. */
export type SilenceLine = {
  readonly orgId: string
  readonly organisation: string
  readonly since: Date
}

/** « Mon accès » → a request. */
export type RequestPage = {
  readonly csrf: string
  readonly request: RequestLine
}

/** Something that happened to her access: was it she? Its words are `my-access.alarm.<what>` and `<what>-then`. */
export type Alarm = {
  /** held: a recovery that can still be undone. */
  readonly what: 'held' | Exclude<Notice['kind'], 'factor-added'> | NonNullable<Notice['factor']>
  readonly at: Date
  /** Until when a recovery can be undone. */
  readonly until: Date | undefined
  /** « Chrome sur Linux »; undefined where nobody knows. */
  readonly device: string | undefined
  /** The address below which `moi` and `pas-moi` are. */
  readonly action: string
}

/** « Était-ce vous? », of one line. */
export type AskedPage = {
  readonly csrf: string
  /** What happened, in words. */
  readonly line: string
  readonly at: Date
  readonly device: string | undefined
  /** The person's earlier answer; undefined: she has not answered yet. */
  readonly answered: 'mine' | 'not-mine' | undefined
  /** The address below which `moi` and `pas-moi` are. */
  readonly action: string
}

export type HoldLine = {
  readonly since: Date
  readonly until: Date
  /** Whether the recovery made this session, which may then say nothing about it. */
  readonly isRecovered: boolean
}

/** Something that was taken away, and waits. */
export type WaitLine = {
  readonly id: string
  readonly kind: 'key' | 'password' | 'totp' | 'identity' | 'codes' | 'contact' | 'card'
  /** The name of a key or account, or an address; undefined: the kind says it. */
  readonly name: string | undefined
  readonly because: WaitCause
  readonly since: Date
  /** Undefined: until a third way in decides. */
  readonly until: Date | undefined
  /** The ways in that made the session which took it away, in words; undefined: they are gone. */
  readonly by: string | undefined
  /** Whether this session denies that one with it; else it only puts back. */
  readonly denies: boolean
  /** Whether this session may do so. */
  readonly undoable: boolean
}

/** What the page says first; the words are `my-access.protection.<state>` and `my-access.advice.<advice>`. */
export type Protection = {
  /** good: no loss of one device shuts her out; fragile: the loss of one would; elsewhere: only another body’s account opens the access; none: nothing opens the access without a code. */
  readonly state: 'good' | 'fragile' | 'elsewhere' | 'none'
  readonly keys: number
  readonly hasPassword: boolean
  readonly codes: number
  /** What to add; undefined: nothing is needed. */
  readonly advice: 'first-key' | 'second-key' | 'codes' | undefined
}

/** An address in use, as much of it as tells her which. */
export type ToldAddress = { readonly channel: 'email' | 'sms'; readonly address: string }

/** The day before today is « Hier ». */
export type NearDay = 'today' | 'yesterday' | 'earlier'

/** Where her access is open: here, and the one other place that was seen last. */
export type OpenPlaces = {
  readonly count: number
  readonly other:
    | { readonly device: string; readonly lastSeenAt: Date; readonly when: NearDay }
    | undefined
}

/** The one thing that « Mon accès » says first; undefined: nothing is asked, and the page is green. */
export type Todo =
  | 'alarm'
  | 'held'
  | 'waits'
  | 'request'
  | 'first-key'
  | 'codes'
  | 'untold'
  | 'second-key'
  | undefined

/** A change of her access; `action`: the page that asks whether it was she. */
export type ChangeLine = {
  readonly id: string
  /** Its words are `my-activity.kind.<kind>`. */
  readonly kind: string
  readonly at: Date
  readonly device: string | undefined
}

/** Why this session is held, if a way in made it that waits. */
type HeldBy = 'waiting' | 'disputed' | 'decided' | undefined

/** « Mon accès »: one thing to do, and how things stand. */
export type AccessPage = {
  readonly csrf: string
  readonly todo: Todo
  /** The first stands open, the others are folded. */
  readonly alarms: readonly Alarm[]
  readonly protection: Protection
  /** A recovery by code that is held, and whether the recovery's session or another one sees this page. */
  readonly hold: HoldLine | undefined
  readonly heldBy: HeldBy
  /** A way in was changed by somebody else, or two accounts elsewhere name two people. */
  readonly isDoubtful: boolean
  /** So many things were taken away, and wait. */
  readonly waiting: number
  readonly requests: readonly RequestLine[]
  /** Undefined where this installation writes to nobody. */
  readonly told: readonly ToldAddress[] | undefined
  readonly open: OpenPlaces
  /** So many services, and how many of them are told something of her at a sign-in. */
  readonly services: { readonly count: number; readonly telling: number }
  /** « Un oui demande votre clé »: whether it does, and since when, or since when no more. */
  readonly keyRule: { readonly rule: KeyRule; readonly since: Date | undefined }
  readonly changes: readonly ChangeLine[]
  /** A deed just done, said once on top: the words are `my-access.done.<done>`. */
  readonly done: string | undefined
}

/** « Entrer et revenir »: every way in, the codes, and what was taken away and waits. */
/** A card from a desk, with codes. */
export type CardLine = {
  readonly lastFour: string
  readonly madeAt: Date
  readonly codesLeft: number
  /** It is not as this broker wrote it: it opens nothing. */
  readonly isUntrusted: boolean
  /** She said so: it opens nothing, and ends then; undefined: it is disputed. */
  readonly isLost: boolean
  readonly endsAt: Date | undefined
  /** Whether this session ends it at once. */
  readonly isEndable: boolean
}

export type WaysInPage = {
  readonly csrf: string
  readonly passkeys: readonly PasskeyLine[]
  readonly password: PasswordLines
  readonly accounts: readonly AccountLine[]
  readonly blocks: readonly BlockLine[]
  /** What is believed of her. */
  readonly identity: readonly VouchedLine[]
  /** Two accounts elsewhere vouch for names or birth dates of two people. */
  readonly isNamedTwice: boolean
  /** Whose accounts may be linked. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  readonly codesLeft: number
  /** Undefined: she has none. */
  readonly card: CardLine | undefined
  readonly waiting: readonly WaitLine[]
  readonly heldBy: HeldBy
}

/** A recovery that can still be undone; `alarm`: its two answers, for a session of an older way in. */
export type RecoveryPage = {
  readonly csrf: string
  readonly hold: HoldLine | undefined
  readonly alarm: Alarm | undefined
}

/** « Où mon accès est ouvert ». */
export type SessionsPage = {
  readonly csrf: string
  readonly sessions: readonly SessionLine[]
  /** Whether several people use this device; undefined: a public terminal does not ask. */
  readonly isShared: boolean | undefined
}

/** « Mes services », and what they ask of her without her browser. */
export type ServicesPage = {
  readonly csrf: string
  readonly services: readonly ServiceLine[]
  readonly requests: readonly RequestLine[]
  readonly silences: readonly SilenceLine[]
}

/** « Prendre mes données ou fermer »: two ways on. */
export type LeavingPage = Readonly<Record<string, never>>

/** A passkey or a security key. */
export type PasskeyPage = {
  readonly csrf: string
  readonly kind: 'passkey' | 'security-key'
  readonly passkey: PasskeyLine
  /** As of an account. */
  readonly removing: RemovalRequest
  readonly removable: boolean
  readonly problem: string | undefined
}

export type SecurityKeyPage = {
  readonly csrf: string
  readonly action: string
  readonly options: string
  readonly problem: string | undefined
}

/** A key whose maker attests of which model it is. */
export type LevelThreePage = SecurityKeyPage & {
  /** No: the operator's file of models is over, or cannot be used. */
  readonly isReady: boolean
  /** As `AddPasskeyPage`. */
  readonly endorsing: string | undefined
}

/** « Seulement avec ma clé ». */
export type SignaturePage = {
  readonly csrf: string
  readonly rule: KeyRule
  /** When the rule began to stand, or was lifted. */
  readonly since: Date | undefined
  readonly action: string
  /** For a key of hers that may lift it. */
  readonly options: string | undefined
  /** Whether a recovery allows to lift it without a key. */
  readonly isWithoutKey: boolean
  readonly problem: string | undefined
}

/** What she calls her access. `typed`: what was refused; undefined: what stands above the page. */
export type NicknamePage = {
  readonly csrf: string
  readonly typed: string | undefined
  readonly problem: string | undefined
  /** « En clair d’abord » */
  readonly isPlainFirst: boolean
  readonly otherFaceHref: string
}

export type NewCodesPage = {
  readonly csrf: string
  readonly codesLeft: number
  /** Names the set in whose place the form makes another. */
  readonly set: string
}

/** « Fermer mon accès »: what goes, what stays. */
export type ClosingPage = {
  readonly csrf: string
  /** Within the last day of a legal hold: until then nothing is erased. */
  readonly heldUntil: Date | undefined
}

/** The access is closed. */
export type ClosedPage = Readonly<Record<string, never>>
