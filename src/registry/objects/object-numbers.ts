import { present } from '../../base/values/present.ts'
import type { Organisation } from './objects.ts'
import type { Register } from './register.ts'

// Rows name objects of the register by numbers: a body by that of its first version, any other object by that of the very version. The
// register keeps them all: by one that is no older than the row, each is there. @throws TypeError in each of these, where it is not

/** A body that an agreement names, or whose program calls, as the register has it today. */
export function bodyOf(register: Register, orgId: string): Organisation {
  return present(register.organisation(orgId), 'a body of the register')
}

/** The number by which rows name a body. */
export function bodyNo(register: Register, orgId: string): number {
  return bodyOf(register, orgId).root
}

/** The public name of a body that a row names: `org_…`. */
export function bodyId(register: Register, no: number): string {
  return present(register.organisationByRoot(no), 'a body that a row names').id
}

type Numbers = Readonly<Record<'agreement' | 'purpose' | 'dataset' | 'text', number>>

/** What a question, or the consent that answers it, is about. */
export function objectsOf(row: Numbers, register: Register) {
  return {
    agreement: present(register.agreementByNo(row.agreement), 'the agreement of a sharing'),
    purpose: present(register.purposeByNo(row.purpose), 'the purpose of a sharing'),
    dataset: present(register.datasetByNo(row.dataset), 'the dataset of a sharing'),
    text: present(register.textByNo(row.text), 'the text of a sharing'),
  }
}
