import type { Context } from 'koa'
import { z } from 'zod'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { deskPath, forOfficer } from '../../base/web/officer.ts'
import { baseOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { originOf } from '../../base/web/request-log.ts'
import { noonOf } from '../../base/values/calendar.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { NamingContent, OpenProposal, ProposalDecision } from '../../people/offices/index.ts'
import {
  decideProposal,
  nameOfficer,
  numbersOf,
  standingHolder,
  waitingProposals,
} from '../../people/offices/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import { endKeys } from './end-keys.ts'
import { showNamed } from './name-routes.ts'
import type { DecisionsPage, NamingLine } from './naming-pages.ts'
import { readDeskForm, showDesk } from './show.ts'

// « Décider »: the namings that wait. Whoever decides sends the hash of what he saw.

const path = '/decisions'
const form = z.object({
  proposal: z.string().max(40),
  seen: z.string().regex(/^[0-9a-f]{64}$/),
  decision: z.enum(['done', 'refused']),
})
const doneWords = ['refused', 'named'] as const

export const decisionsPage: DeskPage = {
  hangUp: (desk, room) => {
    const namer = forOfficer(room, 'name')
    desk.get(path, namer(showWaiting)).post(path, namer(decide))
  },
  line: { path, act: 'name', name: 'decide', icon: 'tick' },
}

async function showWaiting(ctx: Context, room: DeskRoom, officer: OfficerSession): Promise<void> {
  return showLines(ctx, room, officer)
}

async function showLines(
  ctx: Context,
  room: DeskRoom,
  officer: OfficerSession,
  refused?: Refusal,
): Promise<void> {
  const { foundation, vault } = room
  const { db, clock } = foundation
  const waiting = await waitingProposals(db, vault, officer.organisation, clock())
  const proposers = waiting.map(({ madeBy }) => madeBy)
  const numbers = await numbersOf(db, vault, proposers)
  const page: Omit<DecisionsPage, 'desk' | 'problem'> = {
    action: `${baseOf(ctx)}${deskPath}${path}`,
    lines: waiting.flatMap((one) => lineOf(one, officer, numbers) ?? []),
    done: doneWords.find((word) => word === ctx.query['fait']),
  }
  setOwnPage(ctx, `${deskPath}${path}`)
  showDesk(ctx, room, officer, 'desk/decisions', { ...page, refused })
}

/** Undefined: it is another deed, which is decided at its own page. */
function lineOf(
  { deed, proposalId, content, seen, madeBy, expiresAt }: OpenProposal,
  { officerId }: OfficerSession,
  numbers: ReadonlyMap<string, string>,
): NamingLine | undefined {
  if (deed !== 'office.name') return undefined
  const own = { by: numbers.get(madeBy), isOwn: madeBy === officerId }
  const id = writeId('pro', proposalId)
  const until = noonOf(content.until)
  return { ...content, ...own, until, id, seen: seen.toString('hex'), expiresAt }
}

async function decide(ctx: Context, room: DeskRoom, officer: OfficerSession): Promise<void> {
  const { proposal, seen, decision } = await readDeskForm(ctx, room, officer, form)
  try {
    const proposalId = readId('pro', proposal)
    if (proposalId === undefined) throw new Refusal('desk.decided', 409)
    const deciding = { proposalId, decision, seen: Buffer.from(seen, 'hex') }
    const named = await decideHere(ctx, room, officer, deciding)
    if (named === undefined) return seeOther(ctx, `${deskPath}${path}?fait=refused`)
    if (named.half === undefined) return seeOther(ctx, `${deskPath}${path}?fait=named`)
    showNamed(ctx, room, officer, { step: 'decided', ...named })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showLines(ctx, room, officer, error)
  }
}

type DecidedNaming = NamingContent & { readonly half: string | undefined }

/** @returns undefined: it is refused, or taken back */
function decideHere(
  ctx: Context,
  { foundation, vault }: DeskRoom,
  officer: OfficerSession,
  deciding: ProposalDecision,
): Promise<DecidedNaming | undefined> {
  const tools = { vault, endKeys: endKeys(vault.vault.seals), origin: originOf(ctx) }
  return transact(foundation.db, async (tx: Transaction) => {
    const proposer = (officerId: string) => standingHolder(tx, vault, officerId)
    const both = await decideProposal(tx, vault, officer, deciding, proposer)
    if (both === undefined) return undefined
    if (both.deed !== 'office.name') throw new Refusal('desk.decided', 409)
    const { half } = await nameOfficer(tx, tools, both)
    return { ...both.content, half }
  })
}
