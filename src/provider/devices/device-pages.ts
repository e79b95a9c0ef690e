import type { Context } from 'koa'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import type { HeldClients } from '../clients/clients.ts'
import { devicePath } from '../clients/endpoints.ts'
import { deviceHeld } from '../faults/device-errors.ts'
import type { DevicePages } from '../clients/optional-grants.ts'
import type {
  DeviceConfirmPage,
  DeviceDonePage,
  DevicePage,
  DeviceProblem,
  DeviceStoppedPage,
} from '../visits/pages.ts'

// The pages of a sign-in on another device (RFC 8628, section 3.3), in the place of the library's.

const [donePath, stoppedPath] = ['/device/fait', '/device/arret']

type ErrorView = (koa: KoaContextWithOIDC, out: ErrorOut, error: unknown) => void

export function devicePages(
  { pages, config }: Pick<Foundation, 'pages' | 'config'>,
  held: () => HeldClients,
  showError: ErrorView,
): { readonly device: DevicePages } {
  return {
    device: {
      // The library asks for this page also where it has refused something.
      userCodeInputSource(koa, _form, out, error) {
        const ctx: Context = koa
        if (out !== undefined && ctx.status >= 500) return showError(koa, out, error)
        const problem = error === undefined ? undefined : problemOf(error)
        ctx.state['deviceProblem'] = problem
        if (error !== undefined && problem === undefined) return goTo(koa, stoppedPath)
        if (problem !== undefined && koa.oidc.route === 'device_resume')
          return goTo(koa, `${devicePath}?problem=${problem.slice('device.'.length)}`)
        const shown = problem ?? problemIn(ctx)
        const page: DevicePage = { ...formOf(koa), code: filledIn(koa), problem: shown }
        return pages.show(ctx, 'provider/device', page, problem === undefined ? 200 : 400)
      },

      userCodeConfirmSource(koa, _form, client, _deviceInfo, code) {
        const label = present(held().label(client.clientId), 'the name of a service')
        const language = languageOf(koa)
        const page: DeviceConfirmPage = {
          ...formOf(koa),
          code,
          service: label.name[language],
          organisation: label.organisation[language],
          isSignedIn: koa.oidc.session?.accountId !== undefined,
          isKiosk: config.kiosk,
        }
        pages.show(koa, 'provider/device-confirm', page)
      },

      successSource: (koa) => goTo(koa, donePath),
    },
  }
}

/** The pages after an answer, which say the same to everybody. @returns whether the request was for one of them */
export function showAfter(ctx: Context, { pages, config }: Pick<Foundation, 'pages' | 'config'>) {
  if (ctx.path === donePath)
    pages.show(ctx, 'provider/device-done', { isKiosk: config.kiosk } satisfies DeviceDonePage)
  if (ctx.path === stoppedPath)
    pages.show(ctx, 'provider/device-stopped', {
      againHref: devicePath,
    } satisfies DeviceStoppedPage)
  return ctx.path === donePath || ctx.path === stoppedPath
}

// A page of its own: this answer may bring another cookie of the session, to which a form of the next page is bound. The end of a visit
// has one address in both languages; the visit has kept hers.
function goTo(koa: KoaContextWithOIDC, path: string): void {
  const locales = koa.oidc.params?.['ui_locales']
  const isEnglish =
    koa.oidc.route === 'device_resume'
      ? typeof locales === 'string' && /^en\b/.test(locales)
      : languageOf(koa) === 'en'
  koa.redirect((isEnglish ? '/en' : '') + path)
  koa.status = 303
}

function problemIn({ query }: Context): DeviceProblem | undefined {
  return [...Object.values(problems), 'device.held' as const].find(
    (problem) => problem === `device.${String(query['problem'])}`,
  )
}

/** Notes the code that an address brings. It is filled in and no more: the library would send the form by itself. */
export function fillIn(ctx: Context): void {
  const { query } = ctx
  ctx.state['userCode'] = query['user_code']
  delete query['user_code']
}

const again = 'device.again'

const problems: Readonly<Record<string, DeviceProblem>> = {
  NoCodeError: 'device.none',
  NotFoundError: 'device.unknown',
  ExpiredError: 'device.expired',
  AlreadyUsedError: 'device.used',
  // The form was of another page of this browser, or the service has left the register.
  InvalidRequest: again,
  InvalidClient: again,
  SessionNotFound: again,
}

function problemOf(error: Error): DeviceProblem | undefined {
  const { name } = error
  if (Reflect.get(error, 'error_description') === deviceHeld) return 'device.held'
  return Object.hasOwn(problems, name) ? problems[name] : undefined
}

/** Whether the library has refused the code that this request brought. */
export function wasWrongCode(ctx: Context): boolean {
  const { deviceProblem } = ctx.state as { deviceProblem?: DeviceProblem } // set below
  return deviceProblem !== undefined && wrong.includes(deviceProblem)
}

const wrong: readonly DeviceProblem[] = ['device.unknown', 'device.expired', 'device.used']

function formOf(koa: KoaContextWithOIDC): Pick<DevicePage, 'action' | 'xsrf'> {
  const secret = present(koa.oidc.session?.state?.['secret'], 'the secret of a form')
  return { action: baseOf(koa) + devicePath, xsrf: String(secret) }
}

const longestTyped = 32

function filledIn(koa: KoaContextWithOIDC): string {
  const { userCode } = koa.state as { userCode?: unknown } // set by fillIn
  const given = userCode ?? koa.oidc.body?.['user_code']
  return typeof given === 'string' && given.length <= longestTyped ? given : ''
}
