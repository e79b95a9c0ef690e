import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import { fromBase64url } from '../../base/values/base64.ts'
import { dayAfter, isDay } from '../../base/values/calendar.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { forOfficer } from '../../base/web/officer.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { At } from '../../base/web/router.ts'
import { makeDeskDossier } from '../../consent/dossiers/index.ts'
import {
  decideProposal,
  propose,
  standingHolder,
  waitingProposals,
} from '../../people/offices/index.ts'
import { findFor, mostNoteCharacters } from '../../people/searches/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { DossierPage } from './dossier-pages.ts'
import { readReferenceForm, refuseWhereOften } from './reference-shapes.ts'
import { readDeskForm, showDesk } from './show.ts'

// A dossier for somebody who cannot sign in: one privacy officer proposes it, another one decides, and gets the sealed file.

const path = '/guichet/dossier'

const newDossier = z.object({
  numero: z.string().max(200),
  motif: z.string().max(2000),
  du: z.string().max(20),
  au: z.string().max(20),
  cle: z.string().max(2000),
})
type NewDossier = z.infer<typeof newDossier>
const decisionForm = z.object({ decision: z.enum(['done', 'refused']), seen: z.string().max(100) })

export const dossierPage: DeskPage = {
  line: { path: '/dossier', act: 'audit', name: 'dossier', icon: 'file' },
  hangUp(desk, context) {
    const mayEnter = forOfficer(context, 'audit')
    desk
      .get('/dossier', mayEnter(show))
      .post('/dossier', mayEnter(proposeOne))
      .post('/dossier/:proposal', mayEnter(decide))
  },
}

async function proposeOne(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const form = await readDeskForm(ctx, context, officer, newDossier)
  const answer = await proposed(ctx, context, officer, form).catch(
    recoverFrom(Refusal, (problem) => problem),
  )
  if (answer instanceof Refusal) return show(ctx, context, officer, { form, refused: answer })
  return show(ctx, context, officer, { answer })
}

/** The search comes first, and she reads of it. @throws Refusal desk.reference, desk.note, desk.days, desk.dossier-key (400), desk.searched-often (429) */
async function proposed(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  { numero, motif, du: from, au: to, cle }: NewDossier,
): Promise<'proposed' | 'none'> {
  const { foundation, tries, vault } = context
  const { asked, by } = readReferenceForm(context, officer, {
    numero,
    raison: 'other',
    mots: motif,
  })
  if (!isDay(from) || !isDay(to) || to < from || dayAfter(from, 'P1Y') < to)
    throw new Refusal('desk.days')
  const key = keyIn(cle)
  const tried = { kind: 'desk-search', peer: peerOf(ctx), account: officer.officerId } as const
  return tries
    .judge(tried, () =>
      transact(foundation.db, async (tx) => {
        const { personId } = await findFor(tx, vault, by, asked, ['audit'])
        if (personId === undefined) return 'none' as const
        const content = { person: personId, from, to, key, reason: asked.note }
        await propose(tx, vault, officer, { deed: 'dossier.make', content })
        return 'proposed' as const
      }),
    )
    .catch(refuseWhereOften('desk.searched-often'))
}

const jwk = z.object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string() })

/** The public half of a key of `accord audit key`. @throws Refusal desk.dossier-key (400) */
function keyIn(text: string): string {
  const wrong = new Refusal('desk.dossier-key')
  const read = jwk.safeParse(parsed(text))
  if (!read.success || fromBase64url(read.data.x)?.length !== 32) throw wrong
  return read.data.x
}

function parsed(text: string): unknown {
  return attempt(
    (): unknown => JSON.parse(text),
    recoverFrom(SyntaxError, () => undefined),
  )
}

async function decide(
  ctx: At<'proposal'>,
  context: DeskRoom,
  officer: OfficerSession,
): Promise<void> {
  const { decision, seen } = await readDeskForm(ctx, context, officer, decisionForm)
  const { foundation, vault, pairwise } = context
  const proposalId = readId('pro', ctx.params.proposal)
  if (proposalId === undefined) throw new Refusal('desk.decided', 409)
  const deciding = { proposalId, decision, seen: fromBase64url(seen) ?? Buffer.of() }
  const parts = {
    vault: vault.vault,
    statements: foundation,
    pairwise,
    issuer: foundation.config.issuer,
  }
  const sealed = await transact(foundation.db, async (tx) => {
    const decided = await decideProposal(tx, vault, officer, deciding, (id) =>
      standingHolder(tx, vault, id),
    )
    if (decided === undefined) return undefined
    if (decided.deed !== 'dossier.make') throw new Refusal('desk.decided', 409)
    return makeDeskDossier(tx, parts, decided)
  })
  if (sealed === undefined) return show(ctx, context, officer, { answer: 'refused' })
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', 'attachment; filename="dossier.jwe"')
  ctx.type = 'application/jose'
  ctx.body = `${sealed}\n`
}

type Shown = {
  readonly form?: NewDossier
  readonly answer?: DossierPage['answer']
  readonly refused?: Refusal
}

async function show(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  { form, answer, refused }: Shown = {},
): Promise<void> {
  const { foundation, vault, pairwise } = context
  const { organisation, officerId } = officer
  const all = await waitingProposals(foundation.db, vault, organisation, foundation.clock())
  const waiting = all.flatMap((one) => {
    if (one.deed !== 'dossier.make') return []
    const { person, from, to, key, reason } = one.content
    return {
      number: writeId('pro', one.proposalId),
      sub: pairwise.subject(person, organisation),
      seen: one.seen.toString('base64url'),
      isOwn: one.madeBy === officerId,
      expiresAt: one.expiresAt,
      from,
      to,
      key,
      reason,
    }
  })
  setOwnPage(ctx, path)
  const page = {
    waiting,
    typed: form ?? { numero: '', motif: '', du: '', au: '', cle: '' },
    mostNoteCharacters,
    field: fields[refused?.code ?? ''],
    answer,
    refused,
  }
  showDesk(ctx, context, officer, 'desk/dossier', page)
}

const fields: Readonly<Record<string, DossierPage['field']>> = {
  'desk.reference': 'numero',
  'desk.note': 'motif',
  'desk.days': 'du',
  'desk.dossier-key': 'cle',
}
