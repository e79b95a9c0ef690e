import { languages } from '../../base/values/languages.ts'
import type { At } from '../../base/web/router.ts'
import { forPerson } from '../../base/web/person.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import {
  contactSeals,
  contactsToConfirm,
  judgedContacts,
  waitingContact,
} from '../accounts/index.ts'
import { sayTelephone } from '../../base/web/contact.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { RequirePerson, SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import { makeCheck } from './message-check.ts'
import type { MessageCheckPage, ConfirmPage, MessageLine, MessagesPage } from './pages.ts'
import type { ContactSettings } from './contact-settings.ts'
import { chosenMessages, makeContactSettings } from './contact-settings.ts'
import { kindsWith, wordIn } from './search.ts'
import { notificationsOf } from './store.ts'

const path = '/acces/messages'
const checkPath = '/verifier-un-message'
const checkBinding = 'check-message'
const maxMessages = 30

const contactForm = z.object({ channel: z.enum(['email', 'sms']), address: z.string().max(320) })
const codeForm = z.object({ code: z.string().max(64) })
const removalForm = z.object({ channel: z.enum(['email', 'sms']) })
const choiceForm = z.object({
  channel: z.enum(['email', 'sms', 'none']),
  language: z.enum(languages),
  sendings: z.enum(['never', 'weekly', 'each']),
  // A box that is not ticked is not sent.
  rappel: z.literal('oui').optional(),
})
const deedsDone = ['added', 'removed', 'chosen']

/** What « Mes messages » works with. */
type MessagesContext = {
  readonly foundation: Foundation
  readonly person: RequirePerson
  readonly tries: Tries
}
type Inside = MessagesContext & { readonly reach: ContactSettings }

/** « Mes messages »: where and how a person is reached. It needs a recent sign-in, since an intruder would silence us first. */
export function notificationRoutes(context: MessagesContext): ServedRoutes {
  const { foundation, tries } = context
  const { fresh } = forPerson(
    { ...context, reach: makeContactSettings(foundation, tries) },
    '/acces',
  )
  return routes('people', path)
    .get('', fresh(showMessages))
    .post('/adresses', fresh(propose))
    .get('/adresses/:id', fresh(showConfirm))
    .post('/adresses/:id', fresh(confirm))
    .post('/retrait', fresh(remove))
    .post('/choix', fresh(choose))
    .served('page')
}

async function showMessages(ctx: Context, context: Inside, who: SignedInPerson): Promise<void> {
  return showAgain(ctx, context, who)
}

type Failed = {
  readonly problem: Refusal
  readonly typed?: string
  readonly field?: 'email' | 'sms'
}

async function showAgain(
  ctx: Context,
  { foundation, reach }: Inside,
  who: SignedInPerson,
  failed?: Failed,
): Promise<void> {
  const { db, keys, pages, words, clock } = foundation
  const seals = contactSeals(keys)
  const contacts = (await judgedContacts(db, seals.rows, who.personId)).filter(
    ({ removedAt }) => removedAt === null,
  )
  const { has, ...chosen } = await chosenMessages(db, who.personId)
  const { fait, mots } = ctx.query
  const word = wordIn(mots)
  const kinds = word === undefined ? undefined : kindsWith(word, words, languageOf(ctx))
  const page: MessagesPage = {
    csrf: formToken(keys, who.sessionUid),
    contacts: contacts.map((contact) => ({
      channel: contact.channel,
      address: contact.isUntrusted
        ? undefined
        : sayTelephone(seals.open(contact.sealed, contact.contactId)),
      since: contact.confirmedAt,
    })),
    waiting: (await contactsToConfirm(db, seals.rows, who.personId, clock())).map((contact) => ({
      channel: contact.channel,
      address: sayTelephone(seals.open(contact.sealed, contact.contactId)),
      href: `${baseOf(ctx)}${path}/adresses/${writeId('adr', contact.contactId)}`,
    })),
    toAdd: reach.channels.filter((known) => !has.includes(known)),
    hasChannels: reach.channels.length > 0,
    ...chosen,
    word: word ?? '',
    messages: (await notificationsOf(db, who.personId, { kinds, limit: maxMessages })).map(
      (message) => ({
        kind: message.kind,
        channel: message.channel,
        at: message.queuedAt,
        state: stateOf(message),
      }),
    ),
    typed: failed?.typed ?? '',
    problem: failed?.problem.code,
    values: failed?.problem.values ?? {},
    field: failed?.field,
    done: deedsDone.find((deed) => deed === fait),
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'notifications/messages', page, failed?.problem)
}

type Moments = {
  readonly channel: string
  readonly sentAt: Date | null
  readonly givenUpAt: Date | null
}

function stateOf({ channel, sentAt, givenUpAt }: Moments): MessageLine['state'] {
  if (channel === 'none') return 'line'
  if (givenUpAt !== null) return 'given-up'
  return sentAt === null ? 'waiting' : 'sent'
}

async function propose(ctx: Context, context: Inside, who: AnsweringSession): Promise<void> {
  const { channel, address } = await formOf(ctx, context, who, contactForm)
  const proposed = await context.reach
    .propose(asking(ctx, who), channel, address)
    .catch(recoverFrom(Refusal, (problem) => problem))
  if (proposed instanceof Refusal)
    return showAgain(ctx, context, who, { problem: proposed, typed: address, field: channel })
  return seeOther(ctx, `${path}/adresses/${writeId('adr', proposed)}`)
}

async function showConfirm(ctx: At<'id'>, context: Inside, who: SignedInPerson): Promise<void> {
  return showConfirmAgain(ctx, context, who)
}

async function showConfirmAgain(
  ctx: At<'id'>,
  { foundation }: Inside,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, keys, pages, clock } = foundation
  const contactId = contactIdOf(ctx)
  const seals = contactSeals(keys)
  const waiting = await waitingContact(db, seals.rows, who.personId, contactId, clock())
  if (waiting === undefined) throw over()
  const here = `${path}/adresses/${writeId('adr', contactId)}`
  const page: ConfirmPage = {
    csrf: formToken(keys, who.sessionUid),
    channel: waiting.channel,
    address: sayTelephone(seals.open(waiting.sealed, contactId)),
    action: `${baseOf(ctx)}${here}`,
    problem: problem?.code,
  }
  setOwnPage(ctx, here)
  pages.show(ctx, 'notifications/confirm', page, problem)
}

async function confirm(ctx: At<'id'>, context: Inside, who: AnsweringSession): Promise<void> {
  const { code } = await formOf(ctx, context, who, codeForm)
  const problem = await context.reach
    .confirm(asking(ctx, who), contactIdOf(ctx), code)
    .catch(recoverFrom(Refusal, (refusal) => refusal))
  if (problem?.code === 'contact.code-over') throw over()
  if (problem !== undefined) return showConfirmAgain(ctx, context, who, problem)
  return seeOther(ctx, `${path}?fait=added`)
}

function over(): Refusal {
  return new Refusal('contact.code-over', 410, { nextHref: path })
}

async function remove(ctx: Context, context: Inside, who: AnsweringSession): Promise<void> {
  const { channel } = await formOf(ctx, context, who, removalForm)
  await context.reach.remove(asking(ctx, who), channel)
  return seeOther(ctx, `${path}?fait=removed`)
}

async function choose(ctx: Context, context: Inside, who: AnsweringSession): Promise<void> {
  const { rappel, ...choice } = await formOf(ctx, context, who, choiceForm)
  const problem = await context.reach
    .choose(asking(ctx, who), { ...choice, questionReminders: rappel === 'oui' })
    .catch(recoverFrom(Refusal, (refusal) => refusal))
  if (problem !== undefined) return showAgain(ctx, context, who, { problem })
  return seeOther(ctx, `${path}?fait=chosen`)
}

function formOf<T>(
  ctx: Context,
  { foundation }: Inside,
  who: SignedInPerson,
  shape: z.ZodType<T>,
): Promise<T> {
  return readForm(ctx, foundation.keys, who.sessionUid, shape)
}

function asking(ctx: Context, { personId, factorIds }: SignedInPerson) {
  return { personId, factorIds, origin: originOf(ctx), peer: peerOf(ctx) }
}

function contactIdOf(ctx: At<'id'>): string {
  const { id } = ctx.params
  const contactId = readId('adr', id)
  if (contactId === undefined) throw new Refusal('not-found', 404)
  return contactId
}

/** « Vérifier un message »: public, so that a person who got a message can check it without an access. */
export function checkRoutes(foundation: Foundation, tries: Tries): ServedRoutes {
  const { keys, pages } = foundation
  const check = makeCheck(foundation, tries)
  const show = (ctx: Context, page: Partial<MessageCheckPage>, refusal?: Refusal) => {
    const empty = { typed: '', problem: undefined, values: {}, answer: undefined }
    setOwnPage(ctx, checkPath)
    const whole: MessageCheckPage = { csrf: formToken(keys, checkBinding), ...empty, ...page }
    pages.show(ctx, 'notifications/check', whole, refusal)
  }
  return routes('people', checkPath)
    .get('', (ctx) => show(ctx, {}))
    .post('', async (ctx) => {
      const { code: typed } = await readForm(ctx, keys, checkBinding, codeForm)
      const answer = await check(peerOf(ctx), typed).catch(recoverFrom(Refusal, (no) => no))
      if (answer instanceof Refusal)
        return show(ctx, { typed, problem: answer.code, values: answer.values }, answer)
      show(ctx, { typed, answer })
    })
    .served('page')
}
