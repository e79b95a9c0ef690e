import type { ContactBlock } from '../../../base/web/contact.ts'
import type { LawToRead, SaidBody } from '../../../registry/index.ts'
import type { RewordingLine, SendingLines } from '../../record/index.ts'

/** What the templates in views/asking receive. */

/** A run of a text's words; `**emphasis**` of the register's texts becomes `isStrong`. */
export type TextRun = { readonly words: string; readonly isStrong: boolean }

/** One block of a consent text, its placeholders filled. */
export type Block = readonly TextRun[]

export type CategoryLine = {
  readonly categoryId: string
  readonly label: string
  readonly description: string
  readonly example: string
  /** Where a change is asked: whether the category was not sent until now. */
  readonly isNew?: boolean
}

/** The terms of a request for consent: the approved text block by block, and what it is about. */
export type TermsPage = {
  readonly recipient: string
  readonly holder: string
  /** A text has these blocks, in this order; `optional_items` and `how_often` only where they apply. */
  readonly blocks: {
    readonly who_asks: Block
    readonly who_gives: Block
    readonly what: Block
    readonly optional_items: Block | undefined
    readonly why: Block
    readonly how_long: Block
    readonly how_often: Block | undefined
    readonly if_refuse: Block
    readonly if_accept: Block
    readonly withdraw: Block
    readonly rights_help: Block
    readonly legal: Block
  }
  /** Where a change is asked: the former words of each block that changes. */
  readonly before: Readonly<Partial<Record<string, Block>>>
  /** « Ce qui change »; undefined for a new sharing. */
  readonly changes: TermsChanges | undefined
  /** The recipient and the holder: a person may ask either before she answers. */
  readonly contacts: readonly ContactBlock[]
  readonly required: readonly CategoryLine[]
  /** Each category has a box of its own, never ticked: `name="optional" value="<categoryId>"`. */
  readonly optional: readonly CategoryLine[]
  /** Each category, required or optional, has a box that names it, never ticked: `name="express" value="<categoryId>"`. */
  readonly sensitive: readonly (CategoryLine & { readonly isOptional: boolean })[]
  /** The days that the information may be of, in words; undefined: any days. */
  readonly lookback: Days | undefined
  /** Whether she has paused this sharing: a yes leaves the pause, unless she ticks `name="resume"`, which is never ticked before. */
  readonly isPaused: boolean
  /** `2027-08-31`: the person may choose an earlier one, in three boxes, `until_day`, `until_month`, `until_year`; undefined where she may not. */
  readonly lastDay: string | undefined
  /** `agr_2026-001@1` */
  readonly agreement: string
  /** `txt_calcul-aide@1` */
  readonly text: string
  /** The first characters of the text's hash in this language. */
  readonly fingerprint: string
}

/** The whole question: the region of the page that is hashed and kept as it was shown. */
export type QuestionTerms = TermsPage & {
  /** Who sends what to whom: « Autorisez-vous l’Agence du revenu à envoyer votre revenu net à l’Aide aux études? » */
  readonly title: string
  readonly summary: {
    /** Labels of what is sent in any case. */
    readonly what: readonly string[]
    /** Where it comes from; undefined: the text has no short form. */
    readonly from: Block | undefined
    readonly why: Block
    readonly notSent: Block
    /** The last day, in words, and how often at most. */
    readonly until: string
    readonly often: string | undefined
  }
  /** « En clair »: the face of few words, which says the same first and folds all else; undefined: the usual face. */
  readonly plain: readonly { readonly picture: string; readonly words: string }[] | undefined
  /** What is said in the film and in the recording of the text, in this language; the files are no part of the region. */
  readonly media: readonly SaidInMedium[]
  /** What follows from each answer, above its button. */
  readonly ifYes: Block
  readonly ifNo: Block
  readonly grantLabel: string
  readonly refuseLabel: string
}

export type SaidInMedium = {
  readonly isFilm: boolean
  /** Its lines. */
  readonly transcript: readonly string[]
  /** The first characters of the file's hash. */
  readonly fingerprint: string
}

/** A film or a recording that this process can play. */
export type PlayedMedium = {
  readonly isFilm: boolean
  readonly src: string
  readonly type: string
  /** Of a film alone. */
  readonly captionsSrc: string | undefined
}

type Days = { readonly from: string; readonly to: string }
type Changed = { readonly now: string; readonly before: string }

export type TermsChanges = {
  /** Days, in words. */
  readonly until: Changed | undefined
  readonly often: Changed | undefined
  /** The days that the information may be of. */
  readonly lookback: Changed | undefined
  /** Labels of categories. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly hasOtherWords: boolean
  /** Bodies and categories that mean something else than when she allowed this: nothing is sent until she answers. */
  readonly meanings: readonly RewordingLine[]
  /** The last day, in words, of the consent that goes on if she refuses. */
  readonly keptUntil: string
}

/** How the answers of a form are signed; `without`: she has no passkey that can sign here, and the page says so. */
export type SignPart =
  | 'without'
  | {
      /** JSON for public/js/answer.js. */
      readonly data: string
      /** A hidden field: the tree of the log that the signature names. */
      readonly checkpoint: string
    }

/** The fields of an answer, as a form sent them. */
export type TypedAnswer = {
  readonly optional: readonly string[]
  readonly express: readonly string[]
  readonly resume: boolean
  readonly day: string
  readonly month: string
  readonly year: string
}

export type AskPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  /** The id of the presentation that is answered: a hidden field. */
  readonly presentation: string
  /** What views/asking/terms shows: its HTML without this page is what is hashed. */
  readonly terms: QuestionTerms
  /** What she typed and ticked before her answer was refused; undefined: she has not answered. */
  readonly typed: TypedAnswer | undefined
  /** The other face of the same question; undefined where its text has no plain lines. */
  readonly otherFaceHref: string | undefined
  /** What of the text's films and recordings is here. */
  readonly played: readonly PlayedMedium[]
  /** The address of each button: one form, two buttons with `formaction`. */
  readonly grantAction: string
  readonly refuseAction: string
  /** « Décider plus tard »; undefined where the question waits already. */
  readonly laterAction: string | undefined
  /** Until when it waits then. */
  readonly waitsUntil: Date
  /** The place of this item among several; undefined: the request has one item. */
  readonly step:
    | {
        readonly n: number
        readonly of: number
        /** Her draft answer, which she has not sent. */
        readonly decided: DraftAnswer | undefined
        /** « Décider plus tard » for all items without an answer; undefined where this is the last of them. */
        readonly laterRestAction: string | undefined
        /** The page that shows all her answers; undefined until each item has one. */
        readonly checkHref: string | undefined
      }
    | undefined
  /** Undefined where the answers are sent together from another page. */
  readonly sign: SignPart | undefined
  /** Whether a yes of hers needs the signature of her key. */
  readonly onlyByKey: boolean
  /** Why the last try failed: a Refusal's code. */
  readonly problem: string | undefined
}

/** After « Décider plus tard ». */
export type LaterPage = {
  /** The bodies that the question is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  readonly count: number
  readonly waitsUntil: Date
  /** The service that waits. */
  readonly service: string
  /** The address of « Revenir à {service} », and of the question. */
  readonly next: string
  readonly questionHref: string
}

/** « Vous avez dit non »: reminds a person of her no before the question is asked again. */
export type AgainPage = {
  readonly csrf: string
  /** Who asks, in the words about it. */
  readonly said: SaidBody<'recipient'>
  /** One or several questions: one choice counts for all of them. */
  readonly items: readonly {
    readonly kind: 'refused' | 'stopped'
    readonly at: Date
    readonly holder: string
    /** Labels of the categories that she said no to, and of the other categories asked for. */
    readonly same: readonly string[]
    readonly added: readonly string[]
  }[]
  /** The address of each button. */
  readonly keepAction: string
  readonly seeAction: string
  readonly silenceAction: string
}

type DraftAnswer = 'granted' | 'refused' | 'later'

export type QuestionParties = {
  readonly recipient: string
  readonly holder: string
  readonly purpose: string
}

/** The effects of an answer, and whether the request was a change of a consent. */
type Led = {
  readonly isChange: boolean
  /** Undefined where nothing was answered. */
  readonly sending: SendingLines | undefined
}

/** All draft answers of a request, to be sent together. */
export type CheckPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  /** The hash of these answers: a hidden field. */
  readonly answers: string
  readonly action: string
  readonly items: readonly (QuestionParties &
    Led & { readonly answer: DraftAnswer; readonly changeHref: string })[]
  /** Whether this is one answer that was kept while she signed in again. */
  readonly isOne: boolean
  readonly sign: SignPart
  /** Whether a yes of hers needs the signature of her key. */
  readonly onlyByKey: boolean
  /** Why the last try failed: a Refusal's code. */
  readonly problem: string | undefined
}

/** One answer that was recorded, and the way to change it. */
export type AnsweredLine = QuestionParties &
  Led & {
    readonly granted: boolean
    /** Whether her key signed it. */
    readonly isSigned: boolean
    /** With this answer it began that a yes of hers needs her key. */
    readonly beganKeyRule: boolean
    readonly at: Date
    /** What to quote about this answer: the last eight characters of its record's id. */
    readonly number: string
    /** Whether the consents that stood after the answer have changed since. */
    readonly hasChanged: boolean
    /** Of a no: what the body may receive all the same, and what it cannot; empty after a yes. */
    readonly sentences: readonly string[]
    /** `/mes-partages/con_…`: the consent that was given, or that a no left as it was; undefined where none stands. */
    readonly sharingHref: string | undefined
    /** Her receipt; undefined for an answer from before receipts existed. */
    readonly receiptHref: string | undefined
  }

type WayOn = {
  readonly csrf: string
  /** The service that waits; undefined: she answers in her own space. */
  readonly service: string | undefined
  /** Where no service waits: the service that asked, at its own address; undefined: its file says none. */
  readonly elsewhere: { readonly name: string; readonly href: string } | undefined
  /** The address of « Revenir à {service} ». */
  readonly next: string
}

/** The page after a yes or a no: the way to change the answer, and the way back. */
export type AnsweredPage = AnsweredLine & WayOn

/** The same after several answers that were sent together. */
export type AnsweredTogetherPage = WayOn & {
  readonly lines: readonly AnsweredLine[]
  /** Questions that she put off: they wait in « Mes partages ». */
  readonly waiting: readonly QuestionParties[]
}

/** The words that tell a person what the law allows: the region of the page that is hashed and kept as it was shown. */
export type NoticeTerms = {
  /** « de l’Agence du revenu », « à l’Office du logement »: the two bodies, inside a sentence. */
  readonly from: string
  readonly to: string
  readonly what: readonly string[]
  readonly statement: string
  readonly why: string
  readonly article: string
  readonly law: LawToRead | undefined
  /** A day, in words. */
  readonly since: string
  /** The two bodies, and how to reach the officer of each. */
  readonly contacts: readonly ContactBlock[]
  readonly officers: readonly { readonly name: string; readonly contact: string }[]
}

export type NoticePage = {
  /** Who may send what to whom. */
  readonly title: string
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  /** The hash of the region, base64url. */
  readonly shown: string
  readonly action: string
  readonly region: string
}
