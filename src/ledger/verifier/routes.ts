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
// A proof with sixteen signatures of 5 kB, where a form spells a letter of base64 with three. What is too long for a receipt or a
// proof, the check says.
const largestForm = 512 * 1024
const form = z.object({ receipt: z.string(), proof: z.string() })

/** One page that checks a receipt and its proof, by itself; a form does the same for whoever has no JavaScript. */
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
      // Forms arrive with the line ends of the web.
      const proof = typed.proof.replaceAll('\r\n', '\n')
      show(ctx, { trust, typed, steps: await check(typed.receipt, proof, trust) })
    })
    .served()
}
