import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import { consentsFromJson, headOfPerson, trustBy } from '../record/index.ts'
import type { PartiesTold, Stream, ToldMark } from './rows.ts'

// How far a stream has told of a person, and the consents that it tells of.

/** Up to which event of our own kinds about a person a body acknowledged all, and what it acknowledged ahead of that. */
export const toldTable = sealedTable('signal_told', {
  seal: ['signal told', 1],
  covers: ['stream_id', 'person_id', 'person_seq', 'jti', 'ahead'],
  unsealed: {},
  inventory: {
    whose: 'person',
    kept: 'closing',
    readBy: ['bodies'],
    change: { noFact: 'how far a body was told: without it, it is told again what it knows' },
    afterClosing: 'forgotten',
    why: {
      fr: 'jusqu’où un organisme a été prévenu',
      en: 'how far a body was told',
    },
    columns: {
      consent: 'stream_id person_seq jti ahead',
      pseudonym: 'person_id',
      technical: 'seal',
    },
  },
})

type Row = {
  readonly personSeq: number
  readonly jti: string | null
  /** Each the number of an event and the name of its signal. */
  readonly ahead: readonly string[]
}

/** Undefined: nothing yet, or somebody else wrote it. */
export async function toldMark(
  db: Database | Transaction,
  seals: RowSeals,
  streamId: string,
  personId: string,
): Promise<ToldMark | undefined> {
  const row: (Row & { readonly seal: Buffer }) | undefined = await db('signalTold')
    .select('personSeq', 'jti', 'ahead', 'seal')
    .where({ streamId, personId })
    .first()
  if (row === undefined) return undefined
  const { seal, ...mark } = row
  if (!seals.holds(toldTable, { streamId, personId, ...mark }, seal)) return undefined
  const ahead = mark.ahead.map((one) => {
    const [seq = '', jti = ''] = one.split(' ')
    return [Number(seq), jti] as const
  })
  return { personSeq: mark.personSeq, jti: mark.jti, ahead: new Map(ahead) }
}

export async function putToldMark(
  tx: Transaction,
  seals: RowSeals,
  streamId: string,
  personId: string,
  { personSeq, jti, ahead }: ToldMark,
): Promise<void> {
  const row = {
    streamId,
    personId,
    personSeq,
    jti,
    ahead: [...ahead].map(([seq, name]) => `${seq} ${name}`),
  }
  await tx('signalTold')
    .insert({ ...row, seal: seals.seal(toldTable, row) })
    .onConflict(['streamId', 'personId'])
    .merge()
}

const maxConsents = 1000

/** Each as it stands, judged by the end of her chain of the same reading. */
export async function consentsWith(
  db: Database | Transaction,
  seals: RowSeals,
  { party }: Pick<Stream, 'party'>,
  personId: string,
): Promise<PartiesTold> {
  type Read = {
    rows: Readonly<Record<string, unknown>>[]
    head: Readonly<Record<string, unknown>> | null
  }
  const { rows } = await db.raw<{ rows: Read[] }>(
    `select ${headOfPerson} as head, (
       select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (
         select * from consent_states where person_id = ? and ? in (holder, recipient) order by consent_id desc limit ${maxConsents}) s) as rows`,
    [personId, personId, party],
  )
  const [read] = rows
  if (read === undefined) return new Map()
  const consents = consentsFromJson(trustBy(seals, personId, read), read.rows)
  return new Map(consents.map((consent) => [consent.consentId, consent]))
}
