import type { Context } from 'koa'
import type { AnsweringActor, Errand, Visits } from './visit.ts'
import { showBegin } from './begin.ts'
import type { Foundation } from './foundation.ts'
import { highest, reaches } from '../values/assurance-levels.ts'
import type { At, Handler } from './router.ts'

/** Who is signed in at our own pages, and how. The internal id of the person never leaves. */
export type SignedInPerson = {
  readonly personId: string
  readonly sessionUid: string
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: Date
  /** Every factor that proved who she is in the life of this session. */
  readonly factorIds: readonly string[]
}

/** The same in a session of her own access: she may answer. A handler that only reads or takes away needs no more than `SignedInPerson`. */
export type AnsweringSession = SignedInPerson & { readonly actor: AnsweringActor }

/** A session as it was read; without who answers: a card opened it. */
export type ReadSession = SignedInPerson & { readonly actor: AnsweringActor | undefined }

/** The port that reads the provider's own session: one cookie, one revocation, no second store. */
export type ReadCurrentSession = (
  ctx: Context,
  /** Whether this request keeps the session alive. By default a browser's navigation does, and its other requests do not. */
  isOwnStep?: boolean,
) => Promise<ReadSession | undefined>

export type RequirePerson = {
  /**
   * The person who may answer, or undefined after the answer became the page, or the start, of a sign-in that leads back here. Whoever came by
   * a card is asked for another way in.
   */
  anyone(ctx: Context, home: string): Promise<AnsweringSession | undefined>
  /** As `anyone`, whatever opened the session, a card too: for what she reads and takes away. */
  anyWay(ctx: Context, home: string): Promise<SignedInPerson | undefined>
  /** As `anyone`; the sign-in must be recent and of the highest level: for pages that change how a person signs in. */
  fresh(ctx: Context, home: string): Promise<AnsweringSession | undefined>
  /** Asks a person who is signed in for a further proof, without which she may not do this yet, and leads back to the page. */
  prove(ctx: Context, errand: Errand): Promise<void>
}

/** A page or a deed of somebody who is signed in; `context` is what its room works with. */
export type PersonHandler<Room, Name extends string = never> = (
  ctx: At<Name>,
  context: Room,
  who: AnsweringSession,
) => Promise<void> | void

/** A page that reads, or a deed that takes away: it cannot be handed who answers. */
export type ReaderHandler<Room, Name extends string = never> = (
  ctx: At<Name>,
  context: Room,
  who: SignedInPerson,
) => Promise<void> | void

/**
 * The doors of a room's own pages: each lets in as `RequirePerson` says, and hands on who came.
 * @param home the room's first page
 */
export function forPerson<Room extends { readonly person: RequirePerson }>(
  context: Room,
  home: string,
) {
  const door =
    (require: RequirePerson['anyone']) =>
    <Name extends string = never>(handle: PersonHandler<Room, Name>): Handler<Name> =>
    async (ctx) => {
      const who = await require(ctx, home)
      if (who !== undefined) await handle(ctx, context, who)
    }
  const anyWay =
    <Name extends string = never>(handle: ReaderHandler<Room, Name>): Handler<Name> =>
    async (ctx) => {
      const who = await context.person.anyWay(ctx, home)
      if (who !== undefined) await handle(ctx, context, who)
    }
  return { anyone: door(context.person.anyone), fresh: door(context.person.fresh), anyWay }
}

/** How recent a sign-in must be for pages that change how a person signs in, or where she is told about it. */
export const freshSeconds = 15 * 60

/** The choices in a page's address, such as a filter: a sign-in on the way to the page keeps them. */
export const choicePattern = /^\?[\w.~%&=:+-]{1,200}$/

function choiceOf({ search }: Context): string {
  return choicePattern.test(search) ? search : ''
}

function isLook({ method }: Context): boolean {
  return method === 'GET' || method === 'HEAD'
}

export function makeRequirePerson(
  foundation: Foundation,
  whoIsThis: ReadCurrentSession,
  visits: Visits,
): RequirePerson {
  const { clock } = foundation
  async function require<Session extends ReadSession>(
    ctx: Context,
    home: string,
    { maxAgeSeconds, level }: Pick<Errand, 'maxAgeSeconds' | 'level'>,
    isEnough: (read: ReadSession) => read is Session,
  ): Promise<Session | undefined> {
    const person = await whoIsThis(ctx)
    const oldest = maxAgeSeconds === undefined ? 0 : clock().getTime() - maxAgeSeconds * 1000
    const isFresh = person !== undefined && person.authTime.getTime() >= oldest
    if (isFresh && reaches(person.acr, level) && isEnough(person)) {
      Object.assign(ctx.state, { isSignedIn: true }) // for the frame of page.ts
      return person
    }
    // A form whose session has ended is not sent again: the sign-in leads to the first page of the room.
    const returnTo = isLook(ctx) ? ctx.path + choiceOf(ctx) : home
    if (person === undefined && isLook(ctx)) {
      showBegin(ctx, foundation, { returnTo, level })
      return undefined
    }
    const needed = person !== undefined && !isEnough(person) ? highest : level
    await visits.begin(ctx, { returnTo, maxAgeSeconds, level: needed })
    return undefined
  }
  const asItIs = { maxAgeSeconds: undefined, level: undefined }
  return {
    anyone: (ctx, home) => require(ctx, home, asItIs, mayAnswer),
    anyWay: (ctx, home) => require(ctx, home, asItIs, anybody),
    fresh: (ctx, home) =>
      require(ctx, home, { maxAgeSeconds: freshSeconds, level: highest }, mayAnswer),
    prove: (ctx, errand) => visits.begin(ctx, errand),
  }
}

function mayAnswer(read: ReadSession): read is AnsweringSession {
  return read.actor !== undefined
}

function anybody(read: ReadSession | undefined): read is ReadSession {
  return read !== undefined
}
