import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeepPage } from '../../base/web/kept-answer.ts'
import { baseOf, languageOf, seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { longestWords, readListQuery } from './list-query.ts'
import { bodyPage } from './body-page.ts'
import { momentOf } from './agreement-words.ts'
import type { Copy } from './register-cache.ts'
import type { RegisterSaying } from './list-pages.ts'
import { homePage, listPage, missingPage, searchPage } from './list-pages.ts'
import type { ListName } from './lists.ts'
import { listNames } from './lists.ts'
import { entryAt, objectPage } from './object-page.ts'

/** The public register for people: before any cookie is looked at, and kept for a minute by whoever asks. */
export function registerRoutes(foundation: Foundation, kept: () => Promise<Copy>): ServedRoutes {
  const { sayingIn, show } = showing(foundation, kept)
  const isDemonstration = foundation.config.mode === 'demonstration'
  return (
    routes('people')
      .get('/register', async (ctx) => {
        const saying = await sayingIn(ctx)
        refuseOthers(ctx, '/register', [])
        show(ctx, 'register/home', homePage(saying, isDemonstration), saying)
      })
      .get('/register/search', async (ctx) => {
        const saying = await sayingIn(ctx)
        refuseOthers(ctx, '/register', ['q'])
        const { q = '' } = ctx.query
        if (typeof q !== 'string' || q.length > longestWords) throw unknownFilter('q', '/register')
        show(ctx, 'register/search', searchPage(q.trim(), saying), saying)
      })
      // Its first address.
      .get('/transparence/registre', (ctx) => {
        seeOther(ctx, '/register')
        ctx.status = 301
      })
      .get('/organismes', (ctx) => seeOther(ctx, '/register/organisations'))
      .get('/organismes/:id', async (ctx) => {
        const saying = await sayingIn(ctx)
        refuseOthers(ctx, '/register', [])
        show(ctx, 'register/body', bodyPage(ctx.params.id, saying), saying)
      })
      .get('/register/:list', async (ctx) => {
        const saying = await sayingIn(ctx)
        const list = listOf(ctx.params.list)
        const asked = list && askedOf(ctx, list, saying)
        show(ctx, 'register/list', list && asked && listPage(list, asked, saying), saying)
      })
      .get('/register/:list/:object', async (ctx) => {
        const saying = await sayingIn(ctx)
        const list = listOf(ctx.params.list)
        refuseOthers(ctx, `/register/${list ?? ''}`, [])
        const found = list && entryAt(list, ctx.params.object, saying)
        const page = found && objectPage(found.entry, found.version, saying)
        show(ctx, 'register/object', page, saying)
      })
      .served('page')
  )
}

function showing({ pages, clock, words }: Foundation, kept: () => Promise<Copy>) {
  return {
    async sayingIn(ctx: Context): Promise<RegisterSaying> {
      const copy = await kept()
      const { register } = copy
      const now = momentOf(clock())
      return { copy, register, words, language: languageOf(ctx), base: baseOf(ctx), now }
    },
    show(ctx: Context, template: string, page: object | undefined, saying: RegisterSaying): void {
      if (page === undefined) return pages.show(ctx, 'register/missing', missingPage(saying), 404)
      pages.show(ctx, template, page)
      letKeepPage(ctx)
    },
  }
}

function listOf(name: string): ListName | undefined {
  return listNames.find((one) => one === name)
}

function askedOf(ctx: Context, list: ListName, { copy }: RegisterSaying) {
  const asked = readListQuery(list, ctx.query, copy)
  if ('parameter' in asked) throw unknownFilter(asked.parameter, `/register/${list}`)
  return asked
}

// `gros` asks for large type, on any page.
function refuseOthers(ctx: Context, path: string, known: readonly string[]): void {
  const other = Object.keys(ctx.query).find((name) => name !== 'gros' && !known.includes(name))
  if (other !== undefined) throw unknownFilter(other, path)
}

const longestNamed = 40

function unknownFilter(parameter: string, nextHref: string): Refusal {
  const values = { parameter: parameter.slice(0, longestNamed) }
  return new Refusal('register.unknown-filter', 400, { values, nextHref })
}
