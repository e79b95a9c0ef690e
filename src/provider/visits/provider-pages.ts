import type { Context } from 'koa'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Foundation } from '../../base/web/foundation.ts'
import { present } from '../../base/values/present.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import type { ErrorPage } from '../../base/web/pages.ts'
import { errorNumber } from '../../base/web/request-log.ts'
import { allowFormAction, onlyFormAction } from '../../base/web/security-headers.ts'
import type { HeldClients } from '../clients/clients.ts'
import { devicePages } from '../devices/device-pages.ts'
import { isForPrograms } from '../clients/endpoints.ts'
import { faultCodeOf, replacementFor } from '../faults/error-codes.ts'
import type { ReturnPage, SignedOutPage, SignOutPage } from './pages.ts'
import type { AnswerParams } from '../configuration/response-modes.ts'
import { faultHref } from '../faults/error-uri.ts'

/** The pages that the library asks for: errors in our words, and our page for signing out. */
export function providerPages(foundation: Foundation, held: () => HeldClients) {
  const { pages } = foundation
  const renderError = makeRenderError(pages, held)
  return {
    renderError,
    ...devicePages(foundation, held, renderError),

    /** OAuth 2.0 Form Post Response Mode: the browser posts the answer to the service, by itself or by a button. */
    returnPage(koa: KoaContextWithOIDC, action: string, params: AnswerParams): void {
      const ctx = asContext(koa)
      const client = present(koa.oidc.client, 'the service of an answer')
      const { name } = present(held().label(client.clientId), 'the name of a service')
      onlyFormAction(ctx, new URL(action).origin)
      // Else the browser would send `Origin: null`, by which a service cannot tell us from others.
      ctx.set('Referrer-Policy', 'strict-origin')
      // The page says the same in both languages.
      Object.assign(ctx.state, { otherLanguageHref: '#english' })
      const fields = Object.entries(params).map(([name, value]) => ({ name, value: String(value) }))
      const status = ctx.status >= 500 ? 500 : 'error' in params ? 400 : 200
      pages.show(ctx, 'provider/return', { action, fields, name } satisfies ReturnPage, status)
    },

    signOutPage(koa: KoaContextWithOIDC): void {
      const ctx = asContext(koa)
      const { client, session } = koa.oidc
      const clientId = client?.clientId
      allowFormAction(ctx, clientId === undefined ? [] : held().origins(clientId))
      const page: SignOutPage = {
        action: baseOf(ctx) + new URL(koa.oidc.urlFor('end_session_confirm')).pathname,
        xsrf: String(present(session?.state?.['secret'], 'the secret of a sign-out')),
        signedIn: session?.accountId !== undefined,
        service: clientId === undefined ? undefined : held().label(clientId)?.name[languageOf(ctx)],
      }
      pages.show(ctx, 'provider/sign-out', page)
    },

    signedOutPage(koa: KoaContextWithOIDC): void {
      const ctx = asContext(koa)
      const clientId = koa.oidc.client?.clientId
      const service =
        clientId === undefined ? undefined : held().label(clientId)?.name[languageOf(ctx)]
      pages.show(ctx, 'provider/signed-out', { service } satisfies SignedOutPage)
    },
  }
}

function makeRenderError(pages: Foundation['pages'], held: () => HeldClients) {
  return (koa: KoaContextWithOIDC, out: ErrorOut, error: unknown): void => {
    const ctx = asContext(koa)
    if (isForPrograms(ctx.path)) {
      ctx.body = out
      return
    }
    const { requestId } = ctx.state as { requestId: string } // set by src/base/web/request-log.ts
    const status = ctx.status
    // The protocol's path has no English spelling, so the other language leads to the English home page.
    Object.assign(ctx.state, { otherLanguageHref: '/en/' })
    const page: ErrorPage = {
      code: codeOf(out, error) ?? held().missingCode(koa.oidc.params?.['client_id']),
      number: errorNumber(requestId),
      values: {},
      ...faultOf(out),
    }
    pages.show(ctx, 'base/error', page, status)
  }
}

const codes: Readonly<Record<string, string>> = {
  invalid_redirect_uri: 'request.bad-redirect',
  invalid_request_uri: 'request.expired',
  server_error: 'server-error',
}

// A citizen reads what to do. The library's event tells the developers of the service what is wrong. Undefined: there is no such service.
function codeOf(out: ErrorOut, error: unknown): string | undefined {
  if (out.error === 'invalid_client') return undefined
  if (error instanceof errors.SessionNotFound) return 'visit.not-found'
  return codes[out.error] ?? 'request.invalid'
}

// The person has done nothing wrong; a developer who tries the service finds the cause by this link.
function faultOf({ error, error_description: says }: ErrorOut): Pick<ErrorPage, 'faultHref'> {
  const code = faultCodeOf(error, replacementFor(says ?? '')?.says ?? says)
  return code === undefined ? {} : { faultHref: faultHref(code) }
}

function asContext(ctx: KoaContextWithOIDC): Context {
  return ctx
}
