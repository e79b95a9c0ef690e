import type { Callers, OwnApi } from '../../base/web/caller.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readJson } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { routes } from '../../base/web/router.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { makeRemark } from './make-remark.ts'
import type { RemarkShape } from './shapes.ts'
import { body, operations } from './shapes.ts'

const meApi: OwnApi = { path: '/me', scope: 'me' }

/** Takes a remark of the person for whom a service acts. It reads no cookie. */
export function remarkRoutes({ db }: Foundation, callers: Callers, vault: Vault): ServedRoutes {
  return routes('programs')
    .on(operations.remark, async (ctx) => {
      ctx.set('Cache-Control', 'no-store')
      const who = await callers.requireOnBehalf(ctx, meApi)
      const { word } = await readJson(ctx, body)
      const { reference, madeAt } = await makeRemark({ db, vault }, who, word)
      ctx.body = { reference, made_at: madeAt.toISOString() } satisfies AnswerOf<RemarkShape>
    })
    .served('page')
}
