import type { Context } from 'koa'
import { languageOf } from '../../base/web/page.ts'
import { forPerson } from '../../base/web/person.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { AccessContext } from '../my-access/index.ts'
import { spacePage } from './space.ts'

const path = '/espace'

/** « Mon espace »: the one page that a person comes back to. */
export function mySpaceRoutes(context: AccessContext): ServedRoutes {
  const { anyWay } = forPerson(context, path)
  return routes('people').get(path, anyWay(showSpace)).served('page')
}

async function showSpace(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  const page = await spacePage(context, who, languageOf(ctx))
  context.foundation.pages.show(ctx, 'my-space/space', page)
}
