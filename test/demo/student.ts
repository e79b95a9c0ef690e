import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Running } from '../../demo/applications/serve.ts'
import { type Browser, openBrowser, type Page } from './browser.ts'
import { inPieces } from './demonstration.ts'
import { type Answer, disclosures } from './stand-in-apis.ts'
import type { StandIn } from './stand-in-issuer.ts'

/** Somebody who asks for a bursary: both applications and the issuer, of which each can be stopped. */
export type Student = {
  readonly aid: string
  readonly issuer: StandIn
  readonly agency: Running
  readonly browser: Browser
  readonly pieces: Awaited<ReturnType<typeof inPieces>>
  /** « Demander une bourse ». */
  ask(): Promise<Page>
  /** « Recalculer ». */
  again(): Promise<Page>
  /** Another server in the agency's place. */
  answerForTheAgency(answer: Answer): Promise<void>
  /** Counts Student Aid's requests for tokens: the agency has its own by then, and needs no other. */
  countTokenRequests(): Promise<() => number>
}

export async function openStudent(): Promise<Student> {
  const pieces = await inPieces()
  const issuer = await pieces.startIssuer()
  const agency = await pieces.startRevenueAgency()
  await pieces.startStudentAid()
  const aid = pieces.studentAid
  const browser = openBrowser()

  async function answerForTheAgency(answer: Answer): Promise<void> {
    await agency.close()
    const { port } = new URL(pieces.revenueAgency)
    const server = createServer((request, response) => answer(request, response, () => undefined))
    server.listen(Number(port), 'localhost')
    await once(server, 'listening')
    pieces.closeToo(async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    })
  }

  async function countTokenRequests(): Promise<() => number> {
    await issuer.arrivals(disclosures, 1)
    let count = 0
    issuer.takeOver('/token', (_request, _response, goOn) => {
      count++
      goOn()
    })
    return () => count
  }

  return {
    aid,
    issuer,
    agency,
    browser,
    pieces,
    ask: () => browser.visit(`${aid}/demande`, {}),
    again: () => browser.visit(`${aid}/demande/calcul`, {}),
    answerForTheAgency,
    countTokenRequests,
  }
}

/** What a page says, without its tags. */
export function wordsOf({ text }: Page): string {
  return text.replaceAll(/<[^>]+>/g, '').replaceAll(/[\s\u00a0\u202f]+/g, ' ')
}
