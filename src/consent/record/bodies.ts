import { present } from '../../base/platform/present.ts'
import type { Register } from '../../registry/index.ts'

// Rows name a body by the number of its first version. The register keeps every body.

/** The number of a body that the register names, or whose program calls. */
export function bodyNo(register: Register, orgId: string): number {
  return present(register.organisation(orgId), 'a body of the register').root
}

/** The public name of a body that a row names: `org_…`. */
export function bodyId(register: Register, no: number): string {
  return present(register.organisationByRoot(no), 'a body that a row names').id
}
