import type { Visit } from '../../base/web/visit.ts'

const visits = '/connexion'

/** The address of a visit as routes name it. */
export const visitRoute = `${visits}/:visit` as const

/** The address of a visit, or of a step of it, in French. */
export function visitAddress({ id }: Pick<Visit, 'id'>, ...steps: readonly string[]): string {
  return [visits, id, ...steps].join('/')
}

/**
 * Where a visit begins whose service says that the person has no access yet: at the page that makes one. The visit's cookie counts below
 * the visit's own address, so that is where she is sent first.
 */
export function creationAddress(visit: Pick<Visit, 'id'>): string {
  return `${visitAddress(visit)}?${begin}=creation`
}

/** Whether a page was asked for by `creationAddress`. */
export function beginsWithCreation(query: Readonly<Record<string, unknown>>): boolean {
  return query[begin] === 'creation'
}

const begin = 'commencer'
