import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { publicKeys } from '../../base/keys/jws.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import { delayedAnswer } from './delayed-figures.ts'
import { refusedAnswer } from './refusal-figures.ts'
import type { limits } from './shapes.ts'
import { operations } from './shapes.ts'

/** What programs may read of this house without a token. */
export function siteApiRoutes(
  { clock, config, db, keys, readiness }: Foundation,
  taken: AnswerOf<typeof limits>,
  register: () => Register,
): ServedRoutes {
  return (
    routes('programs')
      .on(operations.alive, (ctx) => answer(ctx, { status: 'alive' }), 'watch')
      .on(
        operations.ready,
        async (ctx) => {
          await readiness.check()
          answer(ctx, { status: 'ready' })
        },
        'watch',
      )
      // The keys of decisions, acknowledgements and receipts: never mixed with the provider's own at /jwks.
      .on(
        operations.keys,
        (ctx) => {
          ctx.set('Cache-Control', 'public, max-age=60')
          ctx.body = publicKeys(keys)
          ctx.type = operations.keys.mediaType
        },
        'sign-in',
      )
      // W3C "A Well-Known URL for Relying Party Passkey Endpoints".
      .on(operations.passkeyEndpoints, (ctx) => {
        answer(ctx, {
          enroll: `${config.issuer}/acces/cles/ajout`,
          manage: `${config.issuer}/acces`,
        })
      })
      .on(operations.delayed, async (ctx) => {
        ctx.set('Cache-Control', 'public, max-age=3600')
        ctx.body = await delayedAnswer(db, clock())
      })
      .on(operations.refused, async (ctx) => {
        ctx.set('Cache-Control', 'public, max-age=3600')
        ctx.body = await refusedAnswer(db, register(), clock())
      })
      .on(operations.limits, (ctx) => {
        ctx.set('Cache-Control', 'public, max-age=3600')
        ctx.body = taken
      })
      .served('page')
  )
}

function answer(ctx: Context, body: object): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
}
