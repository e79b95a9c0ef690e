import type { Context } from 'koa'
import { dayOf, noonOf } from '../../base/values/calendar.ts'
import { cacheFor } from '../../base/jobs/ttl-cache.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { suppressedCount } from '../../base/values/disclosure-control.ts'
import { csvLine } from '../../base/web/csv.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeep, letKeepPage } from '../../base/web/kept-answer.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import type { ReportLine, ReportPage } from './pages.ts'
import { publishedRows } from './published-rows.ts'
import type { AnnualReport, CommunicationLine, PublishedMonths } from './reports.ts'
import {
  annualDocument,
  cells673,
  columns673,
  fiscalYear,
  lastTwelve,
  monthsOf,
  register673,
  report1217,
  yearAt,
} from './reports.ts'

/** Years of reports back from this one. */
const yearsBack = 3

/** The two reports that the law wants of each body, for people and as files: kept for a minute, and made without a read. */
export function lawReportRoutes(foundation: Foundation, register: () => Register): ServedRoutes {
  const { clock, config, pages } = foundation
  const published = keepPublished(foundation)
  const show = (ctx: Context, page: ReportPage) => {
    pages.show(ctx, 'open-data/report', page)
    letKeepPage(ctx)
  }
  return routes('people')
    .get('/register/67.3/:file', async (ctx) => {
      const { name: body, isFile } = nameIn(ctx.params.file, 'csv')
      const today = dayOf(clock())
      const lines = register673(register(), body, await published(lastTwelve(today)), today)
      if (lines === undefined) throw new Refusal('not-found', 404)
      if (isFile) return sendFile673(ctx, body, lines)
      const at = { asOf: today, year: undefined, fileHref: `/register/67.3/${body}.csv` }
      show(ctx, reportPage(ctx, register(), { report: '67-3', body, lines, ...at }))
    })
    .get('/register/12.17/:body/:file', async (ctx) => {
      const { name, isFile } = nameIn(ctx.params.file, 'json')
      const { body } = ctx.params
      const today = dayOf(clock())
      const year = fiscalYear(name)
      const oldest = `${Number(today.slice(0, 4)) - yearsBack}-04-01`
      if (year === undefined || year.from < oldest) throw new Refusal('not-found', 404)
      const by = { year, today, published: await published(monthsOf(year)) }
      const report = report1217(register(), body, by)
      if (report === undefined) throw new Refusal('not-found', 404)
      if (isFile)
        return send(ctx, 'application/json', inJson(annualDocument(config.issuer, report)))
      show(ctx, annualPage(ctx, register(), report))
    })
    .served('page')
}

// Of all months that a report can tell, read once a minute at most.
function keepPublished({ clock, db, log }: Foundation) {
  const what = 'the figures of reports'
  const all = cacheFor(
    () => publishedRows(db, 'communications-mensuelles', monthsRead(dayOf(clock()))),
    { clock, log, what },
  )
  return async (wanted: readonly string[]): Promise<PublishedMonths> => {
    const months = await all()
    return new Map(wanted.map((month) => [month, months.get(month) ?? []]))
  }
}

function monthsRead(today: string): string[] {
  const years = Array.from(
    { length: yearsBack + 1 },
    (_, n) => Number(yearAt(today).slice(0, 4)) - n,
  )
  const ofYears = years.flatMap((from) => monthsOf({ name: '', from: `${from}-04-01`, until: '' }))
  return [...new Set([...ofYears, ...lastTwelve(today)])]
}

function nameIn(file: string, ending: string): { name: string; isFile: boolean } {
  const isFile = file.endsWith(`.${ending}`)
  return { name: isFile ? file.slice(0, -ending.length - 1) : file, isFile }
}

function sendFile673(ctx: Context, body: string, lines: readonly CommunicationLine[]): void {
  const rows = [[...columns673], ...lines.map((line) => cells673(body, line))]
  send(ctx, 'text/csv; charset=utf-8', `\uFEFF${rows.map(csvLine).join('')}`)
}

function inJson(document: object): string {
  return `${JSON.stringify(document, null, 1)}\n`
}

function send(ctx: Context, type: string, text: string): void {
  ctx.type = type
  ctx.body = text
  letKeep(ctx)
}

function annualPage(ctx: Context, register: Register, report: AnnualReport): ReportPage {
  const { body, asOf, lines, isOver, dueOn, year } = report
  return reportPage(ctx, register, {
    report: '12-17',
    body: body.id,
    lines,
    asOf,
    year: { name: year.name, isOver, dueOn: noonOf(dueOn) },
    fileHref: `/register/12.17/${body.id}/${year.name}.json`,
  })
}

type Told = Pick<ReportPage, 'report' | 'year' | 'fileHref'> & {
  readonly body: string
  readonly asOf: string
  readonly lines: readonly CommunicationLine[]
}

function reportPage(
  ctx: Context,
  register: Register,
  { body, asOf, lines, ...told }: Told,
): ReportPage {
  const language = languageOf(ctx)
  return {
    ...told,
    body: register.organisation(body)?.name[language] ?? body,
    asOf: noonOf(asOf),
    lines: lines.map((line): ReportLine => ({
      agreement: line.agreement,
      agreementHref: `${baseOf(ctx)}/register/agreements/${line.agreement}@${line.version}`,
      recipient: line.recipient.name[language],
      what: line.categories.map((label) => label[language]),
      from: line.dataset.map((label) => label[language]),
      purpose: line.purpose[language],
      reason: line.reason[language],
      article: line.article[language],
      isOutsideQuebec: line.isOutsideQuebec,
      since: noonOf(line.from),
      until: line.until === undefined ? undefined : noonOf(line.until),
      how: line.method,
      measures: line.measures?.[language],
      communications: line.communications,
      isFew: line.communications === suppressedCount,
      sha256: line.sha256,
    })),
  }
}
