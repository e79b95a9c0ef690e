import { statusError, CallFailed } from '../../base/values/outbound-error.ts'
import { isCallable } from '../../base/outbound/guarded-http.ts'

/**
 * By this the library calls what services publish. Its dispatcher refuses special-use addresses, and stays in use except for the addresses
 * that the operator allowed.
 */
export function guardedFetch(outboundAllow: readonly string[]) {
  return async (url: string | URL | Request, options: RequestInit = {}): Promise<Response> => {
    const target = new URL(url instanceof Request ? url.url : url)
    const permission = isCallable(target, outboundAllow)
    if (permission === 'refused')
      throw new CallFailed({ host: target.host, why: 'this address may not be called' })
    const { dispatcher, ...rest } = options as RequestInit & { dispatcher?: unknown }
    const guard = permission === 'public' ? { dispatcher } : {}
    const answer = await fetch(target, { ...rest, ...guard, redirect: 'error' } as RequestInit)
    if (answer.status === 200) return answer
    await answer.body?.cancel()
    throw statusError(target.href, answer.status)
  }
}
