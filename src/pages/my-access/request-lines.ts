import { readId, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignInRequest } from '../../base/ports/ciba-port.ts'
import type { AccessContext } from './context.ts'
import type { RequestLine, SilenceLine } from './pages.ts'

// Requests of services that she signs in there, as « Mon accès » says them.

export async function requestLines(
  context: AccessContext,
  personId: string,
  language: Language,
): Promise<RequestLine[]> {
  const waiting = await context.signInRequests.waiting(personId)
  return waiting.flatMap((request) => lineOf(context, request, language) ?? [])
}

export function lineOf(
  { live }: AccessContext,
  { requestId, serviceId, words, expiresAt }: SignInRequest,
  language: Language,
): RequestLine | undefined {
  const service = live.current().services.get(serviceId)
  return (
    service && {
      id: writeId('sir', requestId),
      service: service.name[language],
      organisation: service.organisationName[language],
      words: words[language],
      until: expiresAt,
    }
  )
}

export function requestIdOf(id: string): string | undefined {
  return readId('sir', id)
}

export async function silenceLines(
  { live, signInRequests }: AccessContext,
  personId: string,
  language: Language,
): Promise<SilenceLine[]> {
  const silences = await signInRequests.silences(personId)
  const register = live.current()
  return silences.map(({ orgId, silencedAt }) => ({
    orgId,
    organisation: register.organisation(orgId)?.name[language] ?? orgId,
    since: silencedAt,
  }))
}
