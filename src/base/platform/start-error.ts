/** Why a command cannot start, in one sentence for the person who typed it; printed without a stack, exit code ≠ 0. */
export class StartError extends Error {}
