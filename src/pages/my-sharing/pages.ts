import type { Lead } from '../../consent/standing/index.ts'
import type { ContactBlock } from '../../base/web/contact.ts'
import type { RewordingLine } from '../../consent/record/index.ts'
import type { BrakeSpan, LawToRead, SaidParties } from '../../registry/index.ts'
import type { BeadState, Strand } from '../../base/web/strands.ts'
import type { DeedLeft, StillBox } from './still-pages.ts'
import type { LineMark } from '../../consent/disclosures/index.ts'

/** One thing that happened, or was tried, under a sharing. */
export type SharingEvent = {
  /** sent: reported by the holder; nothing-sent: it reported that it sent nothing; allowed: not reported yet; unconfirmed: not reported in 24 h; unpermitted: the recipient says that it received it, and nobody permitted it; inquired: the holder introspected, and asked for no decision; excused: it says why. */
  readonly kind:
    | 'sent'
    | 'nothing-sent'
    | 'allowed'
    | 'unconfirmed'
    | 'unpermitted'
    | 'refused'
    | 'inquired'
    | 'excused'
  readonly at: Date
  /** Labels of the categories sent, allowed or asked for. */
  readonly what: readonly string[]
  /** Who sends and who receives, in the words about it. */
  readonly said: SaidParties
  /** The reason code of a refusal, from the decision API; its words are `my-sharing.reason.<CODE>`. */
  readonly reason: string | undefined
  /** Equal refusals of one day in Québec share one line. */
  readonly times: number
  readonly lastAt: Date | undefined
  /** Sent under a decision from before the person stopped the sharing. */
  readonly inFlight: boolean
  /** Marks beside the event; the words are `my-sharing.mark.<mark>`. */
  readonly marks: readonly LineMark[]
  /** Why the holder corrected its report, in its own words. */
  readonly correction: string | undefined
  /** When the person could see it first, if that was later. */
  readonly shownFrom: Date | undefined
  /** The days of the request; undefined where the holder named none. */
  readonly period: Days | undefined
  /** The case or order that the holder named, and as what it asked. */
  readonly lawCase: { readonly number: string; readonly role: string } | undefined
  /** Of an introspection without a decision: its day, and how often the holder said why, by the words of `my-activity.inquired.<why>`. */
  readonly inquiry:
    | {
        readonly on: Date
        readonly whys: readonly { readonly why: string; readonly count: number }[]
      }
    | undefined
  /** The number that a person reads out. */
  readonly number: string
  /** Where the person asks about the event, or reads the outcome; the words are `my-sharing.event.dispute-<state>`. */
  readonly dispute:
    | { readonly href: string; readonly state: 'none' | 'open' | 'answered' }
    | undefined
}

/** What was permitted just before a stop, and may still be sent by a minute. */
export type InFlight = { readonly at: Date; readonly by: Date }

/** Both days are included. */
export type Days = { readonly from: Date; readonly to: Date }

/** What a body says about a stop; its words are `my-sharing.stops.<effect>`. */
export type StopLine = {
  readonly organisation: string
  readonly effect: 'none' | 'pending' | 'stopped' | 'kept_by_law' | 'deleted'
  /** When its program took the notice of the stop; undefined: it has not, or none was sent to it. */
  readonly deliveredAt: Date | undefined
  /** It has said nothing for a day. */
  readonly isOverdue: boolean
  readonly at: Date | undefined
  readonly law: string | undefined
  /** The last day of what is kept, if the body says one. */
  readonly until: Date | undefined
}

export type SharingState =
  | 'active'
  | 'suspended'
  | 'refused'
  | 'revoked'
  | 'expired'
  | 'superseded'
  | 'void'

/** Why nothing is sent for now: a pause, a cause of ours, or what the register says today. Its words are `my-sharing.hold.<Hold>`. */
export type SharingHold =
  | 'person'
  | 'incident'
  | 'order'
  | 'AGREEMENT_NOT_IN_FORCE'
  | 'ORGANISATION_SUSPENDED'
  | 'SUSPENDED_AT_ONCE'
  | 'PURPOSE_RETIRED'
  | 'MEANING_CHANGED'
  | 'RECORD_UNTRUSTED'

export type SharingView = {
  /** `con_…` */
  readonly id: string
  /** What it lets be sent, as a heading; of a refusal: what was refused. */
  readonly title: string
  readonly recipient: string
  readonly holder: string
  /** Label of the purpose, and one sentence about it. */
  readonly purpose: string
  readonly statement: string
  readonly what: readonly string[]
  /** What the person refused, without what another answer of hers lets be sent for the same purpose. */
  readonly declined: readonly string[]
  readonly state: SharingState
  /** Whether it answered a question about changing another sharing. */
  readonly isChange: boolean
  /** For a sharing that is not over; several causes may hold at once. */
  readonly holds: readonly SharingHold[]
  /** Of what is suspended at once: since when, and when that ends by itself. */
  readonly brake: BrakeSpan | undefined
  readonly since: Date
  readonly until: Date
  /** Days until the end, today included; for a sharing that is not over. */
  readonly daysLeft: number
  /** When it ended, by whatever reason; undefined while it is active or suspended. */
  readonly endedAt: Date | undefined
  readonly uses: number
  /** `count` times every `per` at most (P1D, P1M, P1Y … ISO 8601); undefined: no such limit. */
  readonly limit: { readonly count: number; readonly per: string } | undefined
  /** The days that the information may be about; undefined: any days. */
  readonly lookback: Days | undefined
  /** Whether it may be asked again: it ends soon and the same may be asked for longer, or it means something else now. */
  readonly isRenewable: boolean
}

/** A sharing in the list, or on its own page. */
export type SharingCard = SharingView & {
  /** The last time that the holder said that it sent something; undefined: never. */
  readonly lastSentAt: Date | undefined
  /** The holder introspected it, and it is not known that a decision followed: nor that nothing was sent. */
  readonly isInquired: boolean
}

/** A question that was shown and waits for its answer. */
export type WaitingLine = {
  readonly id: string
  readonly recipient: string
  readonly purpose: string
  readonly askedAt: Date
  /** Until when it may be answered. */
  readonly until: Date
}

/** A question that is always answered with no for this person. */
export type SilencedLine = {
  readonly recipient: string
  readonly holder: string
  readonly what: readonly string[]
  readonly since: Date
  /** How often it has been asked since then, and when last; undefined: never. */
  readonly asked: { readonly times: number; readonly lastAt: Date } | undefined
  /** Where « Me le demander de nouveau » posts. */
  readonly action: string
}

/** What the law permits without a consent: the person cannot stop it. */
export type LawSharing = {
  /** What it lets be sent, as a heading. */
  readonly title: string
  readonly recipient: string
  readonly holder: string
  /** Label of the purpose, and one sentence about it. */
  readonly purpose: string
  readonly statement: string
  readonly what: readonly string[]
  /** The Act and its section, and why nobody is asked. */
  readonly article: string
  readonly why: string
  /** The law that the agreement names; undefined for a version from before agreements had to. */
  readonly law: LawToRead | undefined
  /** `agr_…@2` */
  readonly agreement: string
  /** Whether the law allows it now. */
  readonly isInForce: boolean
  /** Whether the law allows it, and one of the two bodies cannot exchange information for now. */
  readonly isSuspended: boolean
  /** Where it is suspended at once. */
  readonly brake: BrakeSpan | undefined
  /** Whether disclosures under this law may be shown later: they are in no count. */
  readonly isShownLater: boolean
  /** The last permit; undefined: never. */
  readonly lastAt: Date | undefined
  /** The last time that the holder said that it sent something; undefined: never. */
  readonly lastSentAt: Date | undefined
  readonly href: string
}

/**
 * How one way stands; its words are `my-sharing.flow.right.<state>`.
 * - choice, soon, law: something may be sent, or may again when a limit lets it
 * - paused by her, suspended by others
 * - spent: nothing may be sent under it any more, though she may still stop it
 */
export type FlowState = 'choice' | 'soon' | 'law' | 'paused' | 'suspended' | 'spent'

/** One way by which something may reach a body: what she allowed, or what the law allows. */
export type FlowRow = {
  readonly state: FlowState
  /** « Calculer votre bourse »: the register's words of the purpose, as a line. */
  readonly why: string
  /** Where a limit is reached: when something may be sent again. */
  readonly from: Date | undefined
} & (
  | { readonly by: 'choice'; readonly sharing: SharingCard }
  | { readonly by: 'law'; readonly sharing: LawSharing }
)

/** From whom a body receives; its words are `my-sharing.flow.<said>`. */
export type SenderWords = {
  /** receives: it did, and may; may-receive: it never did; not-now: nothing may be sent now. Of a body in the plural, with `-many`. */
  readonly said: `${'receives' | 'may-receive' | 'not-now'}${'' | '-many'}`
  readonly values: { readonly from: string }
}

/** One body that may receive something about her, or could again, with each way by which it may. */
export type BodyBlock = {
  readonly name: string
  readonly senders: readonly SenderWords[]
  /** Of data that may reach it in two ways or more. */
  readonly several: readonly string[]
  readonly flows: readonly FlowRow[]
}

/** One sharing by law, with its disclosures. */
export type LawPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly sharing: LawSharing
  /** Whether all her answers are there: otherwise the law permits nothing about her while we check, whatever it allows. */
  readonly isWhole: boolean
  readonly events: readonly SharingEvent[]
  readonly olderHref: string | undefined
}

/** « Mes partages », by the body that receives. Of a sharing that is not over, `/mes-partages/<id>` and `pause`, `reprise`, `reduction`, `arret` below it. */
export type SharingsPage = {
  readonly csrf: string
  /** Who may receive something about her now, and what waits. */
  readonly lead: Lead
  /** Whether all her answers are there, and each as this broker wrote it. */
  readonly isWhole: boolean
  readonly waiting: readonly WaitingLine[]
  /** What she looks for; empty: everything is shown. */
  readonly words: string
  /** Whether there is so much to see that she may search in it. */
  readonly isSearchable: boolean
  readonly blocks: readonly BodyBlock[]
  readonly ended: readonly SharingView[]
  /** What the law permitted about her, and is in no count: it permits it no longer, or may show it only later. */
  readonly lawfulBefore: readonly LawSharing[]
  readonly silenced: readonly SilencedLine[]
  /** Attempts for which the person had never allowed anything. */
  readonly attempts: readonly SharingEvent[]
}

/** By the body that receives, a bead a datum; or by datum, a bead a body. */
export type PortraitView = 'organisation' | 'datum'

/** « Le portrait »: the same, as a picture. */
export type PortraitPage = {
  readonly lead: Lead
  readonly view: PortraitView
  /** How the beads look, for the legend; its words are `my-sharing.picture.key-<state>`. */
  readonly looks: readonly BeadState[]
  /** None where nothing may be sent. */
  readonly strands: readonly Strand[]
}

/** Why a sharing was voided. */
export type SharingVoided = {
  readonly reason: string
  /** The body whose officers decided it: « de l’Agence ». */
  readonly ofBody: string
  /** An order of the Commission: its number and its day. */
  readonly order: { readonly number: string; readonly day: Date } | undefined
}

export type SharingPage = {
  readonly csrf: string
  readonly sharing: SharingCard
  /** Who receives, as it stands in a sentence. */
  readonly recipientSaid: string
  readonly events: readonly SharingEvent[]
  /** For a sharing that was stopped: what the two bodies say. */
  readonly stops: readonly StopLine[]
  /** `/mes-partages/con_…/arret`; undefined when there is nothing to stop. */
  readonly stopHref: string | undefined
  /** Older events than those shown. */
  readonly olderHref: string | undefined
  readonly receipts: readonly ReceiptLine[]
  /** What the register says otherwise since she answered, in the order of time. */
  readonly rewordings: readonly RewordingLine[]
  /** The sharing that replaced it, if one did. */
  readonly replacedHref: string | undefined
  /** Where a form posts; undefined where there is nothing to pause, to resume or to confirm. */
  readonly pauseAction: string | undefined
  readonly resumeAction: string | undefined
  readonly confirmAction: string | undefined
  readonly renewAction: string | undefined
  /** `/mes-partages/con_…/reduction`; undefined when it is over. */
  readonly narrowHref: string | undefined
  /** The deed just done, told once at the top. */
  readonly done: SharingDone | undefined
  /** After a stop or a pause: what may be sent of these data all the same. */
  readonly left: DeedLeft
  /** After a stop: a permit of before it that holds. */
  readonly inFlight: InFlight | undefined
  /** While nothing may be sent by it: what its recipient may receive all the same. Empty where `left` says it. */
  readonly whileHeld: readonly string[]
  /** Undefined: it was not voided, or nothing tells why any more. */
  readonly voided: SharingVoided | undefined
}

/** Of `resumed-held` others hold what she resumed. */
export type SharingDone =
  | 'stopped'
  | 'paused'
  | 'resumed'
  | 'resumed-held'
  | 'confirmed'
  | 'narrowed'

/** One step: what stops, what does not, what to do instead; « Arrêter le partage » or « Garder ». */
/** `picture`: of `public/icons`. */
export type PlainStopLine = { readonly picture: string; readonly words: string }

export type StopPage = {
  /** What would no longer be sent to whom, and what for. */
  readonly title: string
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  readonly sharing: SharingView
  /** « En clair »: the face of few words, which folds all else; undefined: the usual face. */
  readonly plain: readonly PlainStopLine[] | undefined
  /** The other face of this page; undefined where few words do not say it. */
  readonly otherFaceHref: string | undefined
  /** What ends, a line a datum. */
  readonly ends: readonly string[]
  /** By which other ways the body can receive some of these data after the stop. */
  readonly still: StillBox | undefined
  /** While the law permits nothing about her, that it is so; empty otherwise. */
  readonly checked: readonly string[]
  /** What the stop does not touch: other data at this body, and these data at others. */
  readonly beside: readonly string[]
  /** The register's words about the consequence of a refusal, and about the other way. */
  readonly consequence: string
  readonly otherWay: string
  /** How long what was already sent is kept, in the register's words. */
  readonly retention: string
  /** The last time that something was sent; undefined: never. */
  readonly lastSentAt: Date | undefined
  /** As in `SharingCard`. */
  readonly isInquired: boolean
  /** Where « Arrêter le partage » posts, and where « Garder » leads. */
  readonly action: string
  readonly keepHref: string
}

/** A receipt in a list; its words are `my-sharing.receipt.event.<what>`. */
export type ReceiptLine = { readonly href: string; readonly what: string; readonly at: Date }
