export type FailedCall = {
  /** host:port, never the path, which may hold a secret. */
  readonly host: string
  /** In our own words. */
  readonly why: string
  /** The status of the answer, where there was an answer. */
  readonly status?: number
  readonly serviceId?: string
}

/** Another host did not do what we asked. The fields of the error hold no secret: a log line may show them as they are. */
export class CallFailed extends Error {
  readonly call: FailedCall

  constructor(call: FailedCall, options?: ErrorOptions) {
    super(`${call.host}: ${call.why}`, options)
    this.call = call
  }
}

/** @throws CallFailed for a status that is not 2xx */
export function requireSuccess(target: string, status: number): void {
  if (status < 200 || status > 299) throw statusError(target, status)
}

/** The error for an answer with the wrong status. */
export function statusError(target: string, status: number): CallFailed {
  return new CallFailed({ host: hostOf(target), status, why: `answered ${status}` })
}

/** The error for a request that brought no answer. */
export function noAnswer(target: string, cause: unknown): CallFailed {
  return new CallFailed({ host: hostOf(target), why: whyOf(cause) }, { cause })
}

function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'no answer'
  if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'no answer in time'
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return code === '' ? 'no answer' : `no answer (${code})`
}

function hostOf(target: string): string {
  return URL.parse(target)?.host ?? 'not an address'
}
