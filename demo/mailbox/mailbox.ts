import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import Koa from 'koa'
import { answerErrors } from '../applications/answer-errors.ts'
import type { State, Visit } from '../applications/application.ts'
import { addressOf, showPage } from '../applications/application.ts'
import { homeOf, pagesOf } from '../applications/pages.ts'
import type { Pages, Profile } from '../applications/pages.ts'
import { addAsset } from '../applications/routes.ts'
import { securityHeaders } from '../applications/security-headers.ts'
import { listen } from '../applications/serve.ts'
import type { Running } from '../applications/serve.ts'
import type { Locale } from '../applications/words.ts'
import { words } from '../applications/words.ts'
import type { Box, Message } from './box.ts'
import { openBox } from './box.ts'
import type { Verdict } from './smtp.ts'
import { startSmtp } from './smtp.ts'
import { mailboxWords } from './words.ts'

export type Mailbox = Running & {
  readonly address: string
  readonly smtpUrl: string
  readonly smsGatewayUrl: string
  /** Newest first. */
  messages(): readonly Message[]
}

const jsonLimit = '16kb'

/**
 * The demonstration's mailbox: an SMTP server and an SMS gateway for this computer alone, and a page with their messages.
 * @param verdict the answer to a recipient's address, for tests
 */
export async function startMailbox(settings: {
  readonly issuer: string
  readonly port: number
  readonly verdict?: Verdict
}): Promise<Mailbox> {
  const { issuer, port, verdict } = settings
  const box = openBox()
  const smtp = await startSmtp(box, verdict === undefined ? {} : { verdict })
  const address = addressOf(port)
  const pages = pagesOf(profile(port))
  const web = new Koa<State>()
  web.use(securityHeaders(address, issuer))
  web.use(answerErrors('boite', pages))
  web.use((await routesOf(box, pages)).routes())
  try {
    const running = await listen(web, port, () => undefined)
    return {
      address,
      smtpUrl: smtp.url,
      smsGatewayUrl: `${address}/sms`,
      messages: () => box.messages(),
      async close() {
        await Promise.all([running.close(), smtp.close()])
      },
    }
  } catch (error) {
    await smtp.close()
    throw error
  }
}

async function routesOf(box: Box, pages: Pages): Promise<Router<State>> {
  const router = new Router<State>()
  router.get('/', (ctx) => showBox(ctx, pages, box, 'fr'))
  router.get('/en/', (ctx) => showBox(ctx, pages, box, 'en'))
  router.get('/messages.json', (ctx) => {
    ctx.body = box.messages()
  })
  router.post('/sms', bodyParser({ enableTypes: ['json'], jsonLimit }), (ctx) => takeText(ctx, box))
  await addAsset(router, '/style.css', 'style.css')
  await addAsset(router, '/icon.svg', 'boite.svg')
  return router
}

function showBox(ctx: Visit, pages: Pages, box: Box, locale: Locale): void {
  const own = mailboxWords[locale]
  const page = {
    words: { ...words[locale], band: own.band, footer: own.footer },
    box: own,
    reload: homeOf(locale),
    messages: box.messages().map((message) => ({
      ...message,
      paragraphs: message.text.split(/\n{2,}/),
      time: timeOf(message.receivedAt, locale),
    })),
  }
  showPage(ctx, pages.page('mailbox', locale, '/', page))
}

/** The time in Québec, as on the broker's pages, wherever the demonstration runs. */
export function timeOf(at: Date, locale: Locale): string {
  const time = { timeStyle: 'medium', timeZone: 'America/Toronto' } as const
  return new Intl.DateTimeFormat(`${locale}-CA`, time).format(at)
}

function takeText(ctx: Visit, box: Box): void {
  const body: unknown = ctx.request.body
  const { to, text } = typeof body === 'object' && body !== null ? fieldsOf(body) : {}
  if (typeof to !== 'string' || typeof text !== 'string') {
    ctx.status = 400
    return
  }
  const id = ctx.get('Idempotency-Key')
  box.put({
    channel: 'sms',
    to,
    from: undefined,
    subject: undefined,
    text,
    id: id === '' ? undefined : id,
    receivedAt: new Date(),
  })
  ctx.status = 202
}

function fieldsOf(body: object): { readonly to?: unknown; readonly text?: unknown } {
  return body
}

function profile(port: number): Profile {
  return {
    clientId: 'boite',
    name: { fr: 'Boîte de messages (démo)', en: 'Mailbox (demo)' },
    title: { fr: '', en: '' },
    lead: { fr: '', en: '' },
    tasks: [],
    neighbour: { name: { fr: '', en: '' }, address: addressOf(port) },
  }
}
