/** Why an answer could not be had. */
export class SignerFault extends Error {
  /** AWAY: nobody is there, and may be soon. SILENT: somebody is, and says nothing. WRONG: what is said there is not to be believed. */
  readonly code: 'SIGNER_AWAY' | 'SIGNER_SILENT' | 'SIGNER_WRONG'

  constructor(code: SignerFault['code'], says: string, cause?: unknown) {
    super(says, { cause })
    this.code = code
  }
}

/** A signer refuses, and says why. What it says goes into no log. */
export class SignerRefusal extends SignerFault {
  readonly refused: string

  constructor(refused: string) {
    super('SIGNER_WRONG', 'it refuses')
    this.refused = refused
  }
}
