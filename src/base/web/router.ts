import { METHODS } from 'node:http'
import { Router } from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import compose from 'koa-compose'
import type { Audience, Endpoint, ErrorForm, Rank, ServedRoutes } from './endpoints.ts'
import { usualErrors } from './endpoints.ts'
import { Refusal } from '../values/refusal.ts'
import type { Operation } from './operation.ts'

/** A request at a path with these parameters: `At<'id'>` for `/acces/cles/:id`. */
export type At<Name extends string> = Context & {
  readonly params: Readonly<Record<Name, string>>
}

export type Handler<Name extends string = string> = (ctx: At<Name>) => Promise<void> | void

/** `'id' | 'receipt'` of `/:id/recus/:receipt.json`: a handler that reads another one does not compile. */
type NamesIn<Path extends string> = string extends Path
  ? string
  : Path extends `${string}:${infer Rest}`
    ? Rest extends `${infer Name}/${infer More}`
      ? Name | NamesIn<`/${More}`>
      : Rest extends `${infer Name}.${string}`
        ? Name
        : Rest
    : Path extends `${string}*${infer Name}`
      ? Name
      : never

export type Routes<Prefix extends string = ''> = {
  get<Path extends string>(
    path: Path,
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  post<Path extends string>(
    path: Path,
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  put<Path extends string>(
    path: Path,
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  patch<Path extends string>(
    path: Path,
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  delete<Path extends string>(
    path: Path,
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  /** An operation of a JSON API, at the whole path that it is published with. */
  on<Path extends string>(
    operation: Pick<Operation, 'method'> & { readonly path: Path },
    handler: Handler<NamesIn<`${Prefix}${Path}`>>,
    rank?: Rank,
  ): Routes<Prefix>
  /** @param rank of the routes that name none */
  served(rank: Rank): ServedRoutes
}

/** A room's URLs, and whom they speak to. Unknown methods of a known path are 405, unknown paths pass on. */
export function routes<const Prefix extends string = ''>(
  audience: Audience,
  prefix?: Prefix,
  errors: ErrorForm = usualErrors[audience],
): Routes<Prefix> {
  // One spelling of each path. A method that the router did not know would be 501, at any path.
  const router = new Router({ sensitive: true, strict: true, methods: METHODS })
  const endpoints = new Map<string, Omit<Endpoint, 'rank'> & { readonly rank: Rank | undefined }>()
  const hangUp =
    (method: Operation['method']) =>
    (path: string, handler: (ctx: never) => Promise<void> | void, rank?: Rank) => {
      const whole = `${prefix ?? ''}${path}`
      endpoints.set(whole, {
        path: whole,
        audience,
        errors,
        rank: rank ?? endpoints.get(whole)?.rank,
      })
      router[method](whole, (ctx: RouterContext) => handler(ctx as never))
      return self
    }
  const self: Routes<Prefix> = {
    get: hangUp('get'),
    post: hangUp('post'),
    put: hangUp('put'),
    patch: hangUp('patch'),
    delete: hangUp('delete'),
    on: ({ method, path }, handler, rank) => self[method](path, handler, rank),
    served(usual) {
      const [answer, others] = [router.routes(), router.allowedMethods({ throw: false })]
      // The router adds its own members to the context; Koa's type of a middleware does not know them.
      const serve = (async (ctx, next) =>
        answer(ctx as never, () => others(ctx as never, next))) as Middleware
      return {
        endpoints: [...endpoints.values()].map(({ rank = usual, ...rest }) => ({ ...rest, rank })),
        serve,
      }
    },
  }
  return self
}

/**
 * Answers for all rooms, in their order. A request is tried only by rooms with a first segment that is that of its path: it could be
 * none of the others', and each would compare it with all of its own.
 * @param forPeople what pages need to know of a request: it is done before the first room that people read, and where no room answers
 * @throws TypeError where a first segment is a parameter, which this could not look up
 */
export function byFirstSegment(
  rooms: readonly ServedRoutes[],
  forPeople: Middleware = (_, next) => next(),
): Middleware {
  const those = (segment: string | undefined) => {
    const tried = rooms.filter(
      (room) =>
        room.isEverywhere === true || (segment !== undefined && segmentsOf(room).includes(segment)),
    )
    const first = tried.findIndex(isForPeople)
    const programs = first < 0 ? tried : tried.slice(0, first)
    return compose([
      ...programs.map(({ serve }) => serve),
      forPeople,
      ...tried.slice(programs.length).map(({ serve }) => serve),
    ])
  }
  const segments = new Set(rooms.flatMap(segmentsOf))
  for (const segment of segments)
    if (/[:*]/.test(segment)) throw new TypeError(`a first segment is a parameter: ${segment}`)
  const ways = new Map([...segments].map((segment) => [segment, those(segment)]))
  const elsewhere = those(undefined)
  return (ctx, next) => (ways.get(firstSegment(ctx)) ?? elsewhere)(ctx, next)
}

/** Whether people read anything that it answers. What is for programs alone has no English spelling, and looks at no cookie. */
export function isForPeople({ endpoints, isEverywhere }: ServedRoutes): boolean {
  return isEverywhere === true || endpoints.some(({ audience }) => audience !== 'programs')
}

function segmentsOf({ endpoints, segments = [] }: ServedRoutes): string[] {
  return [...endpoints.map(firstSegment), ...segments]
}

export function firstSegment({ path }: { readonly path: string }): string {
  const end = path.indexOf('/', 1)
  return end < 0 ? path : path.slice(0, end)
}

/** @throws Refusal method-not-allowed (405), with the methods that the address takes in `Allow` (RFC 9110, section 15.5.6) */
export function refuseMethod(ctx: Context, taken: readonly string[]): never {
  ctx.set('Allow', taken.join(', '))
  throw new Refusal('method-not-allowed', 405)
}
