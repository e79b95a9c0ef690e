import { csvLine } from '../../base/web/csv.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { PublishedVersion } from '../../registry/index.ts'
import type { Moment } from './agreement-words.ts'
import type { ListAsked } from './list-query.ts'
import { matchingObjects } from './list-query.ts'
import { codeHeadings, codeItem } from './code-lists.ts'
import { cellsOf, headingsOf, cellText } from './columns.ts'
import type { Copy } from './register-cache.ts'
import type { ListedObject } from './entries.ts'
import { stateOf } from './entries.ts'
import type { ListName } from './lists.ts'
import { isOfCode, kindOf, pathOf } from './lists.ts'
import { documentOf } from './object-page.ts'
import type { listAnswer, objectAnswer } from './shapes.ts'

// The public register for programs.

const onePage = 100

/** A page of a list; undefined where it has no such page. */
export function listData(
  list: ListName,
  asked: ListAsked,
  copy: Copy,
  now: Moment,
): AnswerOf<typeof listAnswer> | undefined {
  const { words, filters, page } = asked
  const found = matchingObjects(list, asked, copy, now)
  const pages = Math.max(1, Math.ceil(found.length / onePage))
  if (page > pages) return undefined
  const next = { ...(words !== '' && { q: words }), ...filters, page: String(page + 1) }
  return {
    list,
    count: found.length,
    objects: found.slice((page - 1) * onePage, page * onePage).map((entry) => ({
      ...named(entry, copy, now),
      latest: entry.object === undefined ? null : versionData(entry.object.latest, copy),
      content: contentOf(entry, entry.object?.latest),
    })),
    next: page === pages ? null : `/register/${list}.json?${new URLSearchParams(next).toString()}`,
  }
}

export function objectData(
  entry: ListedObject,
  version: PublishedVersion | undefined,
  copy: Copy,
  now: Moment,
): AnswerOf<typeof objectAnswer> {
  return {
    list: entry.list,
    ...named(entry, copy, now),
    shown: version === undefined ? null : versionData(version, copy),
    content: contentOf(entry, version),
    versions: (entry.object?.versions ?? []).toReversed().map((one) => versionData(one, copy)),
  }
}

function named(entry: ListedObject, { register }: Copy, now: Moment) {
  const { list, id, title } = entry
  return { id, title, state: stateOf(entry, register, now) ?? null, page: pathOf(list, id) }
}

function versionData(version: PublishedVersion, { placeOf, published, register }: Copy) {
  const place = placeOf(version)
  const change = published.changeOf(version)
  return {
    version: version.version,
    applied_at: version.appliedAt.toISOString(),
    document: documentOf(version),
    sha256: place?.sha256 ?? null,
    entry:
      place?.entry === undefined
        ? null
        : { ...place.entry, proof: `${place.entry.log}/proof/${place.entry.index}` },
    change:
      change === undefined
        ? null
        : {
            id: change.id,
            reason: change.reason,
            signed_by: change.signers.map(
              (ref) => register.signer(ref)?.office ?? { fr: ref, en: ref },
            ),
          },
  }
}

function contentOf({ list, id }: ListedObject, version: PublishedVersion | undefined) {
  return version === undefined ? (codeItem(list, id)?.content ?? {}) : version.content
}

const first = ['id', 'version', 'state', 'applied_at']
const last = ['sha256', 'log', 'index', 'document', 'title_fr', 'title_en']

/** A list as a table, whole: a line for the latest version of each object. */
export function listTable(list: ListName, asked: ListAsked, copy: Copy, now: Moment): string {
  const rows = matchingObjects(list, asked, copy, now).map((entry) =>
    rowOf(entry, entry.object?.latest, copy, now),
  )
  return tableOf(list, rows)
}

/** A line for each of these versions; of what stands in the code, its one line. */
export function objectTable(
  entry: ListedObject,
  versions: readonly PublishedVersion[],
  copy: Copy,
  now: Moment,
): string {
  const shown = entry.object === undefined ? [undefined] : versions
  return tableOf(
    entry.list,
    shown.map((version) => rowOf(entry, version, copy, now)),
  )
}

function tableOf(list: ListName, rows: readonly (readonly string[])[]): string {
  const headings = [
    ...first,
    ...(isOfCode(list) ? codeHeadings(list) : headingsOf(kindOf(list))),
    ...last,
  ]
  return `\uFEFF${[headings, ...rows].map(csvLine).join('')}`
}

function rowOf(
  entry: ListedObject,
  version: PublishedVersion | undefined,
  copy: Copy,
  now: Moment,
): string[] {
  const { list, title, id } = entry
  const isLatest = version === entry.object?.latest
  const state = isLatest ? stateOf(entry, copy.register, now) : undefined
  const own =
    version === undefined
      ? codeItem(list, id)?.cells.map((cell) => cellText(cell))
      : cellsOf(version)
  const ofVersion =
    version === undefined ? ['', ''] : [String(version.version), version.appliedAt.toISOString()]
  const [number = '', applied = ''] = ofVersion
  return [
    id,
    number,
    state ?? '',
    applied,
    ...(own ?? []),
    ...placeCells(version, copy),
    title.fr,
    title.en,
  ]
}

function placeCells(version: PublishedVersion | undefined, { placeOf }: Copy): string[] {
  if (version === undefined) return ['', '', '', '']
  const place = placeOf(version)
  const { log = '', index = '' } = place?.entry ?? {}
  return [place?.sha256 ?? '', log, String(index), documentOf(version)]
}
