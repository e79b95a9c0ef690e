import type { ContactBlock } from '../../base/web/contact.ts'
import type { SendingLines } from '../record/index.ts'

/** What the templates in views/asking receive. */

/** A run of a text's words; `**emphasis**` of the register's texts becomes `isStrong`. */
export type Run = { readonly words: string; readonly isStrong: boolean }

/** One block of a consent text, its placeholders filled. */
export type Block = readonly Run[]

export type CategoryLine = {
  readonly categoryId: string
  readonly label: string
  readonly description: string
  readonly example: string
  /** Where a change is asked: not sent until now. */
  readonly isNew?: boolean
}

/** The words of a request for consent: the region of the page that is hashed and kept as it was shown. */
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
  /** Of what is shown to change what she allowed: the blocks that say something else, as they said it before. */
  readonly before: Readonly<Partial<Record<string, Block>>>
  /** « Ce qui change »; undefined for something new. */
  readonly changes: TermsChanges | undefined
  /** Who asks and who gives: whom a person may ask before she answers. */
  readonly contacts: readonly ContactBlock[]
  readonly required: readonly CategoryLine[]
  /** Each with a box of its own, never ticked: `name="optional" value="<categoryId>"`. */
  readonly optional: readonly CategoryLine[]
  /** Each wants an act of its own that names it, required or optional: `name="express" value="<categoryId>"`, never ticked. */
  readonly sensitive: readonly (CategoryLine & { readonly isOptional: boolean })[]
  /** Of which days the information may be, in words; undefined: of any. */
  readonly lookback: Days | undefined
  /** Whether she has paused the same: a yes leaves the pause, unless she ends it by `name="resume"`, never ticked. */
  readonly isPaused: boolean
  /** `2027-08-31`: the person may choose an earlier one, `name="until"`; undefined where she may not. */
  readonly lastDay: string | undefined
  /** `agr_2026-001@1` */
  readonly agreement: string
  /** `txt_calcul-aide@1` */
  readonly text: string
  /** The first characters of the text's hash in this language. */
  readonly fingerprint: string
}

type Days = { readonly from: string; readonly to: string }
type Changed = { readonly now: string; readonly before: string }

export type TermsChanges = {
  /** Days, in words. */
  readonly until: Changed | undefined
  readonly often: Changed | undefined
  /** Of which days. */
  readonly lookback: Changed | undefined
  /** Labels of categories. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly hasOtherWords: boolean
  /** What she allowed goes on until then if she refuses, a day in words. */
  readonly keptUntil: string
}

export type AskPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  /** Whether it would change what she has allowed. */
  readonly isChange: boolean

  readonly csrf: string
  /** Names the presentation that is answered: a hidden field. */
  readonly presentation: string
  /** HTML of views/asking/terms, as hashed. */
  readonly region: string
  /** Where each button posts: one form, two buttons with `formaction`. */
  readonly grantAction: string
  readonly refuseAction: string
  /** « Décider plus tard »; undefined where the question waits already. */
  readonly laterAction: string | undefined
  /** Its place among several that are asked at once; undefined: it is asked alone. */
  readonly step:
    | {
        readonly n: number
        readonly of: number
        /** What she decided on it before, and has not sent. */
        readonly decided: DraftAnswer | undefined
        /** « Décider plus tard », for all that have no answer yet; undefined where this is the last of them. */
        readonly laterRestAction: string | undefined
        /** Back to the page that shows all her answers, where they all are. */
        readonly checkHref: string | undefined
      }
    | undefined
  /** Why the last try failed: a Refusal's code. */
  readonly problem: string | undefined
}

/** « Vous avez dit non »: what is asked again, before it is. */
export type AgainPage = {
  readonly csrf: string
  readonly recipient: string
  /** One or several: one choice for all of them. */
  readonly items: readonly {
    readonly kind: 'refused' | 'stopped'
    readonly at: Date
    readonly holder: string
    /** Labels of what she said no to, and of what is asked beside it. */
    readonly same: readonly string[]
    readonly added: readonly string[]
  }[]
  /** Where each button posts. */
  readonly keepAction: string
  readonly seeAction: string
  readonly silenceAction: string
}

type DraftAnswer = 'granted' | 'refused' | 'later'

export type AskedAbout = {
  readonly recipient: string
  readonly holder: string
  readonly purpose: string
}

/** What an answer leads to, and whether it was asked as a change of what stood. */
type Led = {
  readonly isChange: boolean
  /** Undefined where nothing was answered. */
  readonly sending: SendingLines | undefined
}

/** All that was decided on the pages before this one, to be sent together. */
export type CheckPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  /** Names these answers: a hidden field. */
  readonly answers: string
  readonly action: string
  readonly items: readonly (AskedAbout &
    Led & { readonly answer: DraftAnswer; readonly changeHref: string })[]
  /** One answer, kept while she proved who she is. */
  readonly isOne: boolean
  /** Why the last try failed: a Refusal's code. */
  readonly problem: string | undefined
}

/** One answer that was recorded, and the way to change it. */
export type AnsweredLine = AskedAbout &
  Led & {
    readonly granted: boolean
    readonly at: Date
    /** `con_…`: what to quote about this answer. */
    readonly reference: string
    /** Whether what stands is not what stood after the answer. */
    readonly hasChanged: boolean
    /** `/mes-partages/con_…`: what was allowed, or what a no left as it was; undefined where nothing stands. */
    readonly sharingHref: string | undefined
    /** Her receipt; undefined for an answer from before there were any. */
    readonly receiptHref: string | undefined
  }

type WayOn = {
  readonly csrf: string
  /** Undefined: no service waits, the way on is « Mes partages ». */
  readonly service: string | undefined
  /** Where « Retour à {service} » posts. */
  readonly next: string
}

/** After the answer, whichever it was: the same page, with the way to change it and the way back. */
export type AnsweredPage = AnsweredLine & WayOn

/** The same after several answers that were sent together. */
export type AnsweredTogetherPage = WayOn & {
  readonly lines: readonly AnsweredLine[]
  /** What she put off: it waits in « Mes partages ». */
  readonly waiting: readonly AskedAbout[]
}

/** What the law allows, as the person is told: the region of the page that is hashed and kept as it was shown. */
export type NoticeTerms = {
  readonly holder: string
  readonly recipient: string
  readonly what: readonly string[]
  readonly statement: string
  readonly why: string
  readonly article: string
  /** A day, in words. */
  readonly since: string
  /** The two bodies, and how to reach the officer of each. */
  readonly contacts: readonly ContactBlock[]
  readonly officers: readonly { readonly name: string; readonly contact: string }[]
  readonly agreement: string
}

export type NoticePage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  /** The hash of the region, base64url. */
  readonly shown: string
  readonly action: string
  readonly region: string
}
