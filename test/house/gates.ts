import type { SourceFile, Violation } from './files.ts'
import { blocksOf, codeOf, filesIn } from './files.ts'

// Whatever lets information about a person begin to flow takes a `FlowGate` (src/base/values/gate.ts), which one file makes, after it has
// looked at the hold and at the proof. So a deed without it does not compile; and a write that takes none is found here.

const door = 'src/people/accounts/gate.ts'
const proof = 'src/base/web/proof.ts'

// Rows by which something begins to flow: a claim, a sharing, an answer about a file, an account elsewhere, a sign-in that was asked for.
const flows: readonly RegExp[] = [
  /\('(?:claimAnswer|consentCurrent|matchingAnswer|upstreamIdentities)'\)\s*\.insert\(/,
  /\binsert into (?:claim_answer|consent_current|matching_answer|upstream_identities)\b/i,
  /\bapproval: JSON\.stringify\(/,
  /\bconfirmedAt: book\.now\b/,
  /\bsuspendedReasons: left\b/,
]

const takesGate = /\b(?:gate: FlowGate|by: 'no' \| FlowGate)\b/

export function flowsWithoutGate(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) =>
    blocksOf(codeOf(text))
      .filter((block) => !takesGate.test(block))
      .flatMap((block) =>
        flows.flatMap((flow) => {
          const [found] = flow.exec(block) ?? []
          return found === undefined ? [] : [{ path, says: `flows past the gate: ${found}` }]
        }),
      ),
  )
}

export function gatesElsewhere(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => path !== door && path !== proof)
    .flatMap(({ path, text }) => {
      const [made] = /\bas FlowGate\b|<FlowGate>|\brequireProof\(/.exec(codeOf(text)) ?? []
      return made === undefined ? [] : [{ path, says: `opens a gate of its own: ${made}` }]
    })
}
