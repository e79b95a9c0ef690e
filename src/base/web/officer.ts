import type { Context } from 'koa'
import type { Level } from '../values/assurance-levels.ts'
import type { DeskAct } from '../values/desk-acts.ts'
import type { Config } from '../settings/config.ts'
import type { Bilingual } from '../values/languages.ts'
import { languagePrefixes } from '../values/languages.ts'
import type { PaperKind } from '../values/paper-kinds.ts'
import { withinNetworks } from '../values/networks.ts'
import { Refusal } from '../values/refusal.ts'
import type { ServedRoutes } from './endpoints.ts'
import { peerOf } from './limits/network.ts'
import type { At, Handler } from './router.ts'
import { onlyFormAction } from './security-headers.ts'

// The desk of a body: who works there has a session of a table of its own, and a cookie of its own. No session of a person is one, and
// none of these is a person's.

/** The home page of the desk; its other pages are below it. */
export const deskPath = '/guichet'

/** The desk of a body, where its officers help people. */
export type BodyDesk = {
  readonly hours: Bilingual
  readonly telephone: string | undefined
  readonly address: Bilingual | undefined
  /** Two of these say here who somebody is; none: this desk checks nobody’s identity. */
  readonly papers: readonly PaperKind[]
  /** Whether its officers may work from this address, as `peerOf` gives it. */
  readonly isFrom: (address: string) => boolean
}

type WrittenDesk = Pick<BodyDesk, 'hours'> &
  Partial<Pick<BodyDesk, 'telephone' | 'address'>> & {
    readonly networks?: readonly string[] | undefined
    readonly papers?: readonly PaperKind[] | undefined
  }

/** As the register says it: without a network its officers work from anywhere. */
export function bodyDesk(written: WrittenDesk): BodyDesk {
  const { hours, telephone, address, networks = [], papers = [] } = written
  return { hours, telephone, address, papers, isFrom: withinNetworks(networks) }
}

/** An office that stands at this instant. */
export type StandingOffice = {
  readonly mandateId: string
  readonly acts: readonly DeskAct[]
  readonly untilAt: Date
}

/**
 * An officer in his session. He answers for nobody: no deed that lets something flow takes one, which does not compile. Ids of his never
 * leave.
 */
export type OfficerSession = {
  readonly officerId: string
  /** `org_…`: the body at whose desk this session is. */
  readonly organisation: string
  /** What `mayAct` asks about whoever acts. */
  readonly holder: {
    readonly status: 'open' | 'suspended' | 'closed'
    readonly acr: Level
    readonly isHeld: boolean
    readonly isWork: boolean
  }
  /** His offices at this body, each within its term. */
  readonly offices: readonly StandingOffice[]
  /** Names the session in the forms of its pages. It opens nothing. */
  readonly sessionUid: string
  readonly provedAt: Date
  /** When it ends if nothing more is done, and when in any case. */
  readonly idleAt: Date
  readonly endsAt: Date
}

/** The port that finds a session by what its cookie holds. @param peer where the request comes from, as `peerOf` */
export type FindOfficerSession = (
  secret: string,
  peer: string,
) => Promise<OfficerSession | undefined>

/** Reads who works at the desk, once a request; undefined: nobody does. */
export type ReadOfficerSession = (ctx: Context) => Promise<OfficerSession | undefined>

/** Whether one of his offices has this act, or one of these. What a deed needs is judged again in its transaction. */
export function hasDeskAct(
  { offices }: Pick<OfficerSession, 'offices'>,
  act: DeskAct | readonly DeskAct[],
): boolean {
  const wanted = typeof act === 'string' ? [act] : act
  return offices.some(({ acts }) => acts.some((one) => wanted.includes(one)))
}

export function readOfficer(find: FindOfficerSession): ReadOfficerSession {
  return (ctx) => {
    const state = ctx.state as { officer?: ReturnType<ReadOfficerSession> } // set here
    state.officer ??= findBy(ctx, find)
    return state.officer
  }
}

async function findBy(ctx: Context, find: FindOfficerSession): Promise<OfficerSession | undefined> {
  const secret = ctx.cookies.get(nameFor(ctx), { signed: true })
  return secret === undefined ? undefined : find(secret, peerOf(ctx))
}

/** A page or a deed of a desk; `context` is what its room works with. */
export type OfficerHandler<Room, Name extends string = never> = (
  ctx: At<Name>,
  context: Room,
  officer: OfficerSession,
) => Promise<void> | void

type DeskDoor = {
  readonly officer: ReadOfficerSession
  readonly foundation: { readonly config: Pick<Config, 'issuer'> }
}

/** In each language the home page of the desk, and what is below it. */
function formTargets(issuer: string): string {
  const homes = Object.values(languagePrefixes).map((base) => `${issuer}${base}${deskPath}`)
  return homes.flatMap((home) => [home, `${home}/`]).join(' ')
}

/**
 * The door of the pages of a desk. Whoever has no office with this act finds what stands at an address that does not exist.
 * A page of a desk sends its forms to the desk alone: whatever were written into it, the browser posts nothing to a page that answers.
 * @param act one of which an office must have; undefined: any officer may enter
 */
export function forOfficer<Room extends DeskDoor>(
  context: Room,
  act: DeskAct | readonly DeskAct[] | undefined,
) {
  return <Name extends string = never>(handle: OfficerHandler<Room, Name>): Handler<Name> =>
    async (ctx) => {
      const officer = await context.officer(ctx)
      const mayEnter = officer !== undefined && (act === undefined || hasDeskAct(officer, act))
      if (!mayEnter) throw new Refusal('not-found', 404)
      onlyFormAction(ctx, formTargets(context.foundation.config.issuer))
      await handle(ctx, context, officer)
    }
}

/** The routes of a desk, for officers alone: to everybody else their addresses are like any other that does not exist, by every method. */
export function unseenRoutes(served: ServedRoutes, read: ReadOfficerSession): ServedRoutes {
  return {
    ...served,
    serve: async (ctx, next) => {
      if ((await read(ctx)) === undefined) return next()
      return served.serve(ctx, next)
    },
  }
}

/** Hands a browser the cookie of a session. The browser sends it with no request that another site began, and forgets it when it ends. */
export function setDeskCookie(ctx: Context, secret: string): void {
  ctx.cookies.set(nameFor(ctx), secret, kept(ctx))
}

export function clearDeskCookie(ctx: Context): void {
  ctx.cookies.set(nameFor(ctx), null, kept(ctx))
}

function nameFor({ secure }: Context): string {
  return secure ? '__Host-desk' : 'desk'
}

function kept({ secure }: Context) {
  return { path: '/', httpOnly: true, sameSite: 'strict', signed: true, secure } as const
}
