import type { Bilingual } from '../../base/values/languages.ts'
import { dayAfter, dayBefore } from '../../base/values/calendar.ts'
import type { OpenDataset } from './datasets.ts'
import { datasets } from './datasets.ts'
import { datasetPath, fileName, licence } from './files.ts'
import type { FileRecord } from './store.ts'

// What portals of open data harvest: DCAT 3 for the catalogue, CSV on the Web for each table. Both are made of what is published when
// they are asked for; the files themselves never change.

type Publisher = { readonly issuer: string; readonly operator: Bilingual }

const monthly = 'http://publications.europa.eu/resource/authority/frequency/MONTHLY'
const mediaTypes = {
  csv: 'https://www.iana.org/assignments/media-types/text/csv',
  json: 'https://www.iana.org/assignments/media-types/application/json',
} as const

/** The catalogue (W3C DCAT 3, JSON-LD). A dataset is a series; each month of it is a dataset with its two files. */
export function catalogueOf({ issuer, operator }: Publisher, files: readonly FileRecord[]): object {
  const home = `${issuer}/register/open-data`
  const publisher = { '@id': issuer, '@type': 'foaf:Agent', 'foaf:name': inBoth(operator) }
  return {
    '@context': context,
    '@id': `${home}/catalogue.jsonld`,
    '@type': 'dcat:Catalog',
    'dct:title': inBoth({ fr: 'Données ouvertes', en: 'Open data' }),
    'dct:publisher': publisher,
    'dct:license': { '@id': licence },
    'foaf:homepage': { '@id': home },
    'dcat:dataset': [
      ...datasets.map((dataset) =>
        seriesOf(
          issuer,
          dataset,
          files.filter((file) => file.dataset === dataset.id),
        ),
      ),
      agreementsDataset(issuer),
    ],
  }
}

const context = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
  foaf: 'http://xmlns.com/foaf/0.1/',
  prov: 'http://www.w3.org/ns/prov#',
  spdx: 'http://spdx.org/rdf/terms#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
}

function seriesOf(issuer: string, { id, title, says }: OpenDataset, files: readonly FileRecord[]) {
  const iri = `${issuer}${datasetPath(id)}`
  const months = Map.groupBy(files, ({ month, correction }) => `${month} ${correction}`)
  return {
    '@id': iri,
    '@type': 'dcat:DatasetSeries',
    'dct:identifier': id,
    'dct:title': inBoth(title),
    'dct:description': inBoth(says),
    'dct:license': { '@id': licence },
    'dct:accrualPeriodicity': { '@id': monthly },
    'dct:conformsTo': { '@id': `${iri}/schema.json` },
    'dcat:seriesMember': [...months.values()].map((of) => memberOf(iri, of)),
  }
}

function memberOf(iri: string, files: readonly FileRecord[]): object | undefined {
  const [first] = files
  if (first === undefined) return undefined
  const { month, correction, publishedAt, reason } = first
  const name = (nth: number) => `${iri}/${month.slice(0, 7)}${nth === 0 ? '' : `-c${nth}`}`
  return {
    '@id': name(correction),
    '@type': 'dcat:Dataset',
    'dcat:inSeries': { '@id': iri },
    'dct:issued': { '@type': 'xsd:dateTime', '@value': publishedAt.toISOString() },
    'dct:temporal': {
      '@type': 'dct:PeriodOfTime',
      'dcat:startDate': { '@type': 'xsd:date', '@value': month },
      'dcat:endDate': { '@type': 'xsd:date', '@value': lastDayOf(month) },
    },
    ...(reason !== null && {
      'prov:wasRevisionOf': { '@id': name(correction - 1) },
      'dcat:versionNotes': inBoth(reason),
    }),
    'dcat:distribution': files.map(({ format, sha256, size }) => {
      const url = `${iri}/${fileName(month.slice(0, 7), correction, format)}`
      return {
        '@id': url,
        '@type': 'dcat:Distribution',
        'dcat:downloadURL': { '@id': url },
        'dcat:mediaType': { '@id': mediaTypes[format] },
        'dcat:byteSize': { '@type': 'xsd:nonNegativeInteger', '@value': String(size) },
        'dct:license': { '@id': licence },
        'spdx:checksum': {
          '@type': 'spdx:Checksum',
          'spdx:algorithm': { '@id': 'spdx:checksumAlgorithm_sha256' },
          'spdx:checksumValue': { '@type': 'xsd:hexBinary', '@value': sha256.toString('hex') },
        },
      }
    }),
  }
}

function agreementsDataset(issuer: string) {
  const url = `${issuer}/register/open-data/ententes.jsonld`
  return {
    '@id': `${issuer}/register/open-data/ententes`,
    '@type': 'dcat:Dataset',
    'dct:title': inBoth({ fr: 'Ententes, en ODRL', en: 'Agreements, as ODRL' }),
    'dct:license': { '@id': licence },
    'dcat:distribution': [
      {
        '@id': url,
        '@type': 'dcat:Distribution',
        'dcat:downloadURL': { '@id': url },
        'dcat:mediaType': {
          '@id': 'https://www.iana.org/assignments/media-types/application/ld+json',
        },
      },
    ],
  }
}

/** The columns of a dataset (W3C CSV on the Web, a table schema). */
export function tableSchemaOf({ columns }: OpenDataset): object {
  return {
    '@context': csvw,
    '@type': 'Schema',
    columns: columns.map(({ name, title, says, type }) => ({
      name,
      titles: { fr: [name, title.fr], en: [title.en] },
      'dc:description': [
        { '@value': says.fr, '@language': 'fr' },
        { '@value': says.en, '@language': 'en' },
      ],
      datatype: type,
    })),
  }
}

const csvw = 'http://www.w3.org/ns/csvw'

/** What describes one CSV file (CSV on the Web 5.2). @param name `2026-11.csv` */
export function csvMetadataOf(issuer: string, dataset: OpenDataset, name: string): object {
  return {
    '@context': csvw,
    url: name,
    'dc:title': inBoth(dataset.title),
    'dc:license': { '@id': licence },
    dialect: { encoding: 'utf-8', header: true, lineTerminators: ['\r\n'] },
    tableSchema: `${issuer}${datasetPath(dataset.id)}/schema.json`,
  }
}

function lastDayOf(month: string): string {
  return dayBefore(dayAfter(month, 'P1M'), 'P1D')
}

function inBoth({ fr, en }: Bilingual) {
  return [
    { '@value': fr, '@language': 'fr' },
    { '@value': en, '@language': 'en' },
  ]
}
