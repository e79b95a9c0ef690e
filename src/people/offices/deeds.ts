import type { Transaction } from '../../base/database/database.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { lockAccount } from '../accounts/index.ts'
import type { MandateVault } from '../mandates/index.ts'
import { accessOfNumber } from './work-accesses.ts'
import type {
  CardContent,
  DossierContent,
  HoldContent,
  IdentityContent,
  LiftContent,
  NamingContent,
  OrderContent,
  VoidContent,
} from './proposal-shapes.ts'
import {
  readCardContent,
  readDossierContent,
  readHold,
  readIdentityContent,
  readLift,
  readNaming,
  readOrder,
  readVoid,
} from './proposal-shapes.ts'
import type { ProposedDeed } from './tables.ts'

// What needs two officers of one body.

type Contents = {
  readonly 'office.name': NamingContent
  readonly 'incident.hold': HoldContent
  readonly 'incident.lift': LiftContent
  readonly 'consent.void': VoidContent
  readonly 'dossier.make': DossierContent
  readonly 'order.commission': OrderContent
  readonly 'identity.check': IdentityContent
  readonly 'card.make': CardContent
}
/** What is proposed. Its members are texts, so that its hash is the same wherever it is made. */
export type ContentOf<Deed extends ProposedDeed> = Contents[Deed]

/** A deed with its content. */
export type DeedToDecide = {
  readonly [Deed in ProposedDeed]: { readonly deed: Deed; readonly content: ContentOf<Deed> }
}[ProposedDeed]

/** A proposal that is being decided, as its deed looks for the people whom it is about. */
export type AboutDeed<Deed extends ProposedDeed> = {
  readonly tx: Transaction
  readonly vault: MandateVault
  readonly organisation: string
  readonly content: ContentOf<Deed>
}

type FourEyes<Deed extends ProposedDeed> = {
  read(content: unknown): ContentOf<Deed> | undefined
  /** With which act one proposes it, with which another one decides. */
  readonly proposes: DeskAct
  readonly decides: DeskAct
  /** How long a proposal lives. */
  readonly hours: number
  /** Whom else it is about: their chains are opened with those of the two, in one order. */
  about(of: AboutDeed<Deed>): Promise<readonly string[]> | readonly string[]
}

const incident = {
  proposes: 'incident',
  decides: 'incident',
  hours: 1,
  about: () => [],
} as const

export const fourEyes: { readonly [Deed in ProposedDeed]: FourEyes<Deed> } = {
  'office.name': {
    read: readNaming,
    proposes: 'name',
    decides: 'name',
    hours: 7 * 24,
    async about({ tx, vault, organisation, content }) {
      const known = await accessOfNumber(tx, vault, organisation, content.number)
      return known === undefined ? [] : [known.personId]
    },
  },
  'incident.hold': { ...incident, read: readHold },
  'incident.lift': { ...incident, read: readLift },
  'consent.void': {
    read: readVoid,
    proposes: 'audit',
    decides: 'audit',
    hours: 1,
    about: ({ content: { person } }) => [person],
  },
  'dossier.make': {
    read: readDossierContent,
    proposes: 'audit',
    decides: 'audit',
    hours: 1,
    about: ({ tx, content }) => lockedPerson(tx, content.person),
  },
  'order.commission': {
    read: readOrder,
    proposes: 'evidence',
    decides: 'evidence',
    hours: 1,
    about: ({ content: { person } }) => [person],
  },
  'identity.check': {
    read: readIdentityContent,
    proposes: 'identify',
    decides: 'identify',
    hours: 1,
    about: ({ tx, content }) => (content.access === 'new' ? [] : lockedPerson(tx, content.person)),
  },
  'card.make': {
    read: readCardContent,
    proposes: 'card',
    decides: 'card',
    hours: 1,
    about: ({ tx, content }) => lockedPerson(tx, content.person),
  },
}

/** The rules of a deed. What reads its content and what is asked about it are of one deed. */
export function rulesOf(deed: ProposedDeed): FourEyes<ProposedDeed> {
  return fourEyes[deed]
}

// Her access is locked before the ends of chains, as everywhere.
async function lockedPerson(tx: Transaction, personId: string): Promise<readonly string[]> {
  return (await lockAccount(tx, personId)) ? [personId] : []
}
