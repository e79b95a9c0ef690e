import type { Context } from 'koa'
import { z } from 'zod'
import { check } from '../../../public/js/verifier.js'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { publicKeys } from '../../base/platform/jws.ts'
import { languageOf } from '../../base/web/page.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { VerifierView } from './page.ts'
import { pageOf, policy } from './page.ts'

const binding = 'verifier'
// Room for a proof with sixteen signatures of 5 kB, since a form spells some letters of base64 with three characters. The check
// itself refuses a receipt or proof that is too long.
const largestForm = 512 * 1024
const form = z.object({ receipt: z.string(), proof: z.string() })

/** One page that checks a receipt and its proof in the browser; its form lets the server check them for people without JavaScript. */
export function verifierRoutes(
  { keys }: Foundation,
  readPolicy: () => Promise<string>,
): ServedRoutes {
  const show = (ctx: Context, given: Pick<VerifierView, 'typed' | 'steps' | 'trust'>) => {
    ctx.set('Content-Security-Policy', policy)
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = pageOf({ ...given, language: languageOf(ctx), csrf: formToken(keys, binding) })
  }
  const trustNow = async () => ({ keys: publicKeys(keys).keys, policy: await readPolicy() })
  return routes('people')
    .get('/verifier', async (ctx) => show(ctx, { trust: await trustNow() }))
    .post('/verifier', async (ctx) => {
      const typed = await readForm(ctx, keys, binding, form, largestForm)
      const trust = await trustNow()
      // Forms send CRLF line ends.
      const proof = typed.proof.replaceAll('\r\n', '\n')
      show(ctx, { trust, typed, steps: await check(typed.receipt, proof, trust) })
    })
    .served()
}
