import type { Context } from 'koa'
import { z } from 'zod'
import { check, signedClaims } from '../../../public/js/verifier.js'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { publicKeys } from '../../base/keys/jws.ts'
import { languageOf } from '../../base/web/page.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { VerifierChecked } from './page.ts'
import { policy, verifierFile, verifierPage } from './page.ts'

const binding = 'verifier'
// Room for a proof with sixteen signatures of 5 kB, since a form spells some letters of base64 with three characters. The check
// itself refuses a receipt or proof that is too long.
const largestForm = 512 * 1024
const form = z.object({ receipt: z.string(), proof: z.string() })

/** One page that checks a receipt in the browser; its form lets the server check one for people without JavaScript. */
export function verifierRoutes(
  { keys, pages }: Foundation,
  readPolicy: () => Promise<string>,
): ServedRoutes {
  const trustNow = async () => ({ keys: publicKeys(keys).keys, policy: await readPolicy() })
  const show = async (ctx: Context, checked?: VerifierChecked) => {
    const given = { trust: await trustNow(), csrf: formToken(keys, binding) }
    const page = await verifierPage(languageOf(ctx), given, checked)
    pages.show(ctx, 'verifier/verifier', page)
    ctx.set('Content-Security-Policy', policy)
  }
  return routes('people')
    .get('/verifier', (ctx) => show(ctx))
    .post('/verifier', async (ctx) => {
      const typed = await readForm(ctx, keys, binding, form, largestForm)
      const trust = await trustNow()
      // Forms send CRLF line ends.
      const proof = typed.proof.replaceAll('\r\n', '\n')
      const claims = await signedClaims(typed.receipt, trust.keys)
      await show(ctx, { typed, claims, steps: await check(typed.receipt, proof, trust) })
    })
    .get('/verifier/fichier', async (ctx) => {
      const file = await verifierFile(languageOf(ctx), await trustNow())
      ctx.set('Content-Disposition', 'attachment; filename="accord-verifier.html"')
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = file
    })
    .served('page')
}
