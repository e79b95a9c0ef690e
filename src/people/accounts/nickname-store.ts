import type { Transaction } from '../../base/database/database.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { Nicknames } from './nickname.ts'

/** Keeps what somebody calls her access, in place of an earlier one; undefined takes it away. */
export async function putNickname(
  tx: Transaction,
  nicknames: Nicknames,
  personId: string,
  nickname: string | undefined,
): Promise<void> {
  const sealed = nickname === undefined ? null : nicknames.seal(personId, nickname)
  await tx('accounts').where({ personId }).update({ nickname: sealed })
}

const due = {
  table: 'accounts',
  isDue: 't.nickname is not null and substring(t.nickname from 1 for 8) <> :newest',
  columns: 't.person_id, t.nickname',
  written: ['nickname'],
}

/** Nicknames under the newest key of purpose `data`. One that does not open stays: it is shown nowhere. */
export function nicknameRenewal(nicknames: Nicknames): Renewal {
  return {
    purpose: 'data',
    table: due.table,
    renew: (tx, pages) =>
      renewRows(tx, pages, due, nicknames.seals.newestId, ({ personId, nickname }: Row) => {
        const opened = nicknames.open(personId, nickname.toString('hex'))
        return opened === undefined ? 'none' : [nicknames.seal(personId, opened)]
      }),
  }
}

type Row = { readonly personId: string; readonly nickname: Buffer }
