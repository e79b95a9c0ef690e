/** Why bytes are no note that these keys signed, or no key: a sentence that goes on after "it". */
export class NoteError extends Error {}
