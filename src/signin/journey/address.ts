import type { Visit } from '../../base/web/visit.ts'

const visits = '/connexion'

/** The address of a visit as routes name it. */
export const visitRoute = `${visits}/:visit` as const

/** The address of a visit, or of a step of it, in French. */
export function visitAddress({ id }: Pick<Visit, 'id'>, ...steps: readonly string[]): string {
  return [visits, id, ...steps].join('/')
}
