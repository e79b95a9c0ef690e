// Two invented people who have an account in the invented province. Any likeness is chance.

export type Resident = {
  /** Who she is for services, by OpenID Connect Core, section 5.1. */
  readonly claims: {
    readonly sub: string
    readonly given_name: string
    readonly family_name: string
    readonly birthdate: string
  }
  /** How she signs in there: with two means, or with one. The register says what this is worth elsewhere. */
  readonly acr: keyof typeof means
}

/** What the province calls its levels, with what somebody does to reach each (RFC 8176). */
export const means = {
  'urn:autre-province:niveau:1': ['pwd'],
  'urn:autre-province:niveau:2': ['pwd', 'otp', 'mfa'],
} as const

export const residents: readonly Resident[] = [
  {
    claims: {
      sub: 'k4v7mz2qh9rt',
      given_name: 'Maëlle',
      family_name: 'Courtemanche-Exemple',
      birthdate: '1991-04-17',
    },
    acr: 'urn:autre-province:niveau:2',
  },
  {
    claims: {
      sub: 'p8xw3nd6yb1c',
      given_name: 'Ozias',
      family_name: 'Sansfaçon-Exemple',
      birthdate: '1978-11-02',
    },
    acr: 'urn:autre-province:niveau:1',
  },
]

export function residentOf(sub: string): Resident | undefined {
  return residents.find(({ claims }) => claims.sub === sub)
}
